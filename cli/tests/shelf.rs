//! `myna models list`, `pull`, `import`, `remove`.

mod common;

use common::*;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Output;

fn at(scratch: &Scratch, args: &[&str], more: &[(&str, &str)]) -> Output {
    let mut command = myna(args);
    command
        .env("MYNA_HOME", scratch.path("home"))
        .env_remove("HF_TOKEN")
        .env("HF_HOME", scratch.path("hf"));
    command.envs(more.iter().copied()).output().unwrap()
}

fn show(t: &mut Transcript, scratch: &Scratch, args: &[&str]) -> Option<i32> {
    let output = at(scratch, args, &[("HF_ENDPOINT", "http://127.0.0.1:9")]);
    t.add(args, &output);
    output.status.code()
}

#[test]
fn what_is_imported_is_found_by_its_name() {
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    let out = scratch.path("a.wav");
    let import = ["models", "import", "tests/fixtures/csm-tiny/hf", "--name"];
    for more in [
        &["tiny"][..],
        &["tiny"],
        &["small", "--bits", "4", "--json"],
    ] {
        show(&mut t, &scratch, &[&import[..], more].concat());
    }
    show(
        &mut t,
        &scratch,
        &["models", "import", "tests/fixtures/media"],
    );
    show(&mut t, &scratch, &["models", "import", "nowhere"]);
    let spoken = at(
        &scratch,
        &[
            "speak", "Hello.", "--model", "tiny", "--seed", "1", "-o", &out,
        ],
        &[],
    );
    assert!(
        spoken.status.success(),
        "{}",
        String::from_utf8_lossy(&spoken.stderr)
    );
    show(&mut t, &scratch, &["models", "remove", "tiny"]);
    show(&mut t, &scratch, &["models", "remove", "tiny"]);
    show(&mut t, &scratch, &["models", "remove", "../home"]);
    assert_eq!(show(&mut t, &scratch, &["models", "pull", "gpt"]), Some(2));
    // Nobody listens there.
    assert_eq!(
        at(
            &scratch,
            &["models", "pull", "mimi"],
            &[("HF_ENDPOINT", "http://127.0.0.1:9")]
        )
        .status
        .code(),
        Some(1)
    );
    t.check("shelf.txt");
}

#[test]
fn the_list_names_every_known_model_and_whether_it_runs() {
    let scratch = Scratch::new();
    let imported = at(
        &scratch,
        &[
            "models",
            "import",
            "tests/fixtures/csm-tiny/hf",
            "--name",
            "mine",
        ],
        &[],
    );
    assert!(imported.status.success());
    let output = at(&scratch, &["models", "list", "--json"], &[]);
    let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let list = list.as_array().unwrap();
    let find = |name: &str| list.iter().find(|m| m["name"] == name).unwrap();
    for name in [
        "csm-1b",
        "marvis-250m",
        "mimi",
        "step-audio-2-mini",
        "step-audio-2-token2wav",
    ] {
        let model = find(name);
        assert_eq!(model["present"], false, "{name}");
        assert!(model["memory_gb"].as_f64().unwrap() > 0.0 && model["bytes"].as_u64().unwrap() > 0);
        assert!(
            ["well", "barely", "no"].contains(&model["fits"].as_str().unwrap()),
            "{model}"
        );
    }
    assert_eq!(find("mine")["present"], true);
    for (name, pinned) in [("mimi", true), ("marvis-250m", false)] {
        assert_eq!(find(name)["pinned"], pinned, "{name}");
    }
    let text = String::from_utf8(at(&scratch, &["models", "list"], &[]).stdout).unwrap();
    assert_eq!(text.lines().count(), list.len());
}

/// The whole way, through the program: a hub on loopback with one tiny codec.
#[test]
fn a_pulled_codec_works() {
    let scratch = Scratch::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                line.clear();
            }
            let file =
                |name: &str| std::fs::read(fixture("mimi-tiny/transformers").join(name)).unwrap();
            let body = if first.contains("/api/") {
                let size = |name: &str| file(name).len();
                serde_json::json!({ "sha": "c".repeat(40), "siblings": [
                    { "rfilename": "config.json", "size": size("config.json") },
                    { "rfilename": "model.safetensors", "size": size("model.safetensors") },
                ]})
                .to_string()
                .into_bytes()
            } else {
                file(first.split(' ').nth(1).unwrap().rsplit('/').next().unwrap())
            };
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            _ = (&stream).write_all(&[head.into_bytes(), body].concat());
        }
    });
    let pull = |name: &str| {
        let pulled = at(
            &scratch,
            &["models", "pull", name],
            &[("HF_ENDPOINT", &base)],
        );
        let said = String::from_utf8_lossy(&pulled.stderr).into_owned();
        (pulled.status.code(), said)
    };
    // This is not the Mimi whose hash is known.
    let (code, said) = pull("mimi");
    assert_eq!(code, Some(3), "{said}");
    assert!(
        said.contains("GB to fetch, licence CC-BY-4.0; needs")
            && said.contains("not what was announced"),
        "{said}"
    );
    assert!(!std::path::Path::new(&scratch.path("home/models/mimi")).exists());
    // Of this one none is known.
    let (code, said) = pull("marvis-250m");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("no commit of Marvis-AI/"), "{said}");
    let codec = scratch.path("home/models/marvis-250m");
    let wav = fixture("mimi-tiny/golden/a.wav");
    let codes = scratch.path("codes.safetensors");
    succeed(&[
        "codec",
        "encode",
        wav.to_str().unwrap(),
        "--codec",
        &codec,
        "-o",
        &codes,
    ]);
    let again = at(
        &scratch,
        &["models", "pull", "marvis-250m", "-q"],
        &[("HF_ENDPOINT", "http://127.0.0.1:9")],
    );
    assert!(again.status.success(), "what is there needs no network");
}
