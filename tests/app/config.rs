//! The promises of `tauri.conf.json`: a strict content policy, no global Tauri object, one capability file
//! per window with a reason in it, nothing remote. And those of `Info.plist` and the entitlements, which only a Mac reads.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

fn capabilities() -> Vec<Value> {
    let folder = root().join("src-tauri/capabilities");
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| json(entry.unwrap().path()))
        .collect()
}

#[test]
fn the_content_policy_names_no_remote_and_no_unsafe_source() {
    let config = json("tauri.conf.json");
    let policy = config["app"]["security"]["csp"].as_object().unwrap();
    assert_eq!(policy["default-src"], "'none'");
    assert_eq!(policy["connect-src"], "ipc: http://ipc.localhost");
    for (directive, sources) in policy {
        for source in sources.as_str().unwrap().split_whitespace() {
            assert!(
                ["'self'", "'none'", "ipc:", "http://ipc.localhost"].contains(&source),
                "{directive} allows {source}"
            );
        }
    }
}

#[test]
fn pages_get_no_global_object_and_no_remote_address() {
    let config = json("tauri.conf.json");
    assert_eq!(config["app"]["withGlobalTauri"], false);
    assert!(
        config["build"].get("devUrl").is_none(),
        "a plain build would load it instead of the pages"
    );
    for window in config["app"]["windows"].as_array().unwrap() {
        assert!(!window["url"].as_str().unwrap().contains(':'));
    }
    for capability in capabilities() {
        assert!(capability.get("remote").is_none());
    }
}

#[test]
fn every_window_has_one_capability_file_with_a_reason() {
    let config = json("tauri.conf.json");
    let mut windows: Vec<_> = config["app"]["windows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w["label"].as_str().unwrap().to_owned())
        .collect();
    let mut covered = Vec::new();
    for capability in capabilities() {
        let name = capability["identifier"].as_str().unwrap();
        assert_eq!(
            capability["windows"],
            serde_json::json!([name]),
            "one file, one window, one name"
        );
        assert!(
            capability["description"].as_str().unwrap().len() > 40,
            "{name} gives no reason"
        );
        covered.push(name.to_owned());
    }
    windows.sort();
    covered.sort();
    assert_eq!(windows, covered);
}

#[test]
fn the_embedded_pages_hold_no_inline_script_and_no_address() {
    let dist = root().join("ui/dist");
    for entry in fs::read_dir(&dist).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "html") {
            let page = fs::read_to_string(&path).unwrap();
            assert!(!page.contains("://"), "{} names an address", path.display());
            for script in page.split("<script").skip(1) {
                assert!(
                    script.split('>').next().unwrap().contains("src="),
                    "inline script in {}",
                    path.display()
                );
            }
        }
    }
}

fn plist(path: &str) -> plist::Dictionary {
    plist::from_file(root().join(path)).unwrap()
}

#[test]
fn every_service_has_a_method_that_the_system_can_call() {
    let info = plist("Info.plist");
    let code = fs::read_to_string(root().join("src-tauri/src/mac/services.rs")).unwrap();
    let name = json("tauri.conf.json")["productName"].clone();
    let services = info["NSServices"].as_array().unwrap();
    assert!(!services.is_empty());
    for service in services {
        let service = service.as_dictionary().unwrap();
        let message = service["NSMessage"].as_string().unwrap();
        let selector = format!("#[unsafe(method({message}:userData:error:))]");
        assert!(code.contains(&selector), "no method for {message}");
        // The system finds the running app by the bundle's name.
        assert_eq!(service["NSPortName"].as_string(), name.as_str());
        let title = service["NSMenuItem"].as_dictionary().unwrap();
        assert!(!title["default"].as_string().unwrap().is_empty());
        assert!(!service["NSSendTypes"].as_array().unwrap().is_empty());
    }
    assert_eq!(
        code.matches("#[unsafe(method(").count(),
        services.len(),
        "a method that no service calls"
    );
}

#[test]
fn a_mac_keeps_it_out_of_the_dock_and_says_what_the_microphone_is_for() {
    let info = plist("Info.plist");
    assert_eq!(info["LSUIElement"].as_boolean(), Some(true));
    let why = info["NSMicrophoneUsageDescription"].as_string().unwrap();
    assert!(why.contains("records") && why.ends_with('.'));
}

#[test]
fn the_hardened_runtime_is_opened_for_the_microphone_alone() {
    let config = json("tauri.conf.json");
    let mac = &config["bundle"]["macOS"];
    assert_eq!(mac["hardenedRuntime"], true);
    let entitlements = plist(mac["entitlements"].as_str().unwrap());
    let granted: Vec<_> = entitlements.keys().collect();
    assert_eq!(granted, ["com.apple.security.device.audio-input"]);
}
