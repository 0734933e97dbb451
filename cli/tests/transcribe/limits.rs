//! Caches without room, ceilings, interrupts, checkpoints with gaps, and looking inside.

use super::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::Duration;

#[test]
fn a_cache_without_room_is_an_error_and_a_tight_one_is_not() {
    let ear = Ear::new("trained");
    let refused = run(&ear.args(&[&clip("rain"), "--max-cache-len", "40"]));
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("--max-cache-len"), "{told}");
    let halves = ear.json(&[&clip("long"), "--no-vad", "--max-cache-len", "250"]);
    assert_eq!(halves["coverage"]["failed"], 0.0);
    // A ceiling of tokens is told, not hidden.
    let cut = ear.json(&[&clip("rain"), "--max-tokens", "2"]);
    assert_eq!(cut["segments"][0]["finish_reason"], "length");
    assert_eq!(cut["segments"][0]["uncertain"], true);
}

#[test]
fn a_trace_holds_every_chunk() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let trace = scratch.path("t.safetensors");
    ear.text(&[&clip("long"), "--no-vad", "--trace", &trace]);
    let shape = |name: &str| tensor(&trace, name).0;
    assert_eq!(shape("mel.0"), [128, 2502]);
    assert_eq!(shape("mel.1").first(), Some(&128));
    assert_eq!(shape("first_logits.1"), [158_720]);
    for name in ["encoder_out", "adapter_out", "prompt_ids", "greedy_ids"] {
        assert!(!shape(&format!("{name}.1")).is_empty());
    }
    let (_, ids) = tensor(&trace, "greedy_ids.1");
    assert_eq!(ids.last(), Some(&151_665.0));
}

#[test]
fn the_way_to_the_model_is_timed_without_one() {
    let report: Value = serde_json::from_str(&succeed(&[
        "transcribe",
        &clip("long"),
        "--front-end-only",
        "--json",
    ]))
    .unwrap();
    assert_eq!(report["seconds"], 27.25);
    assert_eq!(report["chunks"], 4);
    assert!(report["times_real_time"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_interrupt_keeps_what_is_finished() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let path = scratch.path("hour.wav");
    let (spec, rain) = read_wav(root().join(clip("rain")).to_str().unwrap());
    write_wav(&path, spec, &rain.repeat(1000));
    let args = ear.args(&[&path, "--no-vad", "--chunk-seconds", "2", "--json", "-o"]);
    let out = scratch.path("out");
    let args = [&args[..], &[out.as_str()]].concat();
    // It may still be loading; then there is nothing to keep, and it is tried again.
    for wait in [1, 2, 4, 8, 16] {
        let child = myna(&args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs(wait));
        kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let Ok(result) = serde_json::from_slice::<Value>(&output.stdout) else {
            continue;
        };
        let [_, transcribed, uncertain, _] = adds_up(&result);
        let segments = result["segments"].as_array().unwrap();
        if segments.is_empty() {
            continue;
        }
        assert!((transcribed + uncertain - 2.0 * segments.len() as f64).abs() < 1e-6);
        let text = std::fs::read_to_string(scratch.path("out/hour.txt")).unwrap();
        assert_eq!(text.trim_end(), result["text"].as_str().unwrap());
        return;
    }
    panic!("nothing was ever finished");
}

/// Renames tensors in a checkpoint's header, so that they are missing and others are surplus. As long as before.
fn rename(dir: &std::path::Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let file = dir.join("model.safetensors");
    let mut data = std::fs::read(&file).unwrap();
    let header = 8 + u64::from_le_bytes(data[..8].try_into().unwrap()) as usize;
    let text = String::from_utf8(data[8..header].to_vec()).unwrap();
    assert!(text.contains(from));
    data[8..header].copy_from_slice(text.replace(from, to).as_bytes());
    std::fs::write(file, data).unwrap();
}

#[test]
fn a_checkpoint_with_gaps_is_loaded_on_demand_only() {
    let scratch = Scratch::new();
    let dirs = ["one", "poor", "none"].map(|name| {
        let dir = scratch.path(name);
        std::fs::create_dir(&dir).unwrap();
        expand::expand_into("trained", std::path::Path::new(&dir));
        dir
    });
    rename(dirs[0].as_ref(), "adapter.conv.bias", "adapter.conv.bi_s");
    rename(dirs[1].as_ref(), "encoder.blocks.1.", "encoder.bl_cks.1.");
    rename(dirs[2].as_ref(), "encoder.blocks.1.", "encoder.bl_cks.1.");
    rename(dirs[2].as_ref(), "model.layers.", "model.l_yers.");
    let mut t = Transcript::new(&scratch);
    let rain = clip("rain");
    t.run(&["transcribe", &rain, "--model", &dirs[0]]);
    for dir in &dirs {
        t.run(&["transcribe", &rain, "--model", dir, "--allow-partial"]);
    }
    t.run(&[
        "transcribe",
        &rain,
        "--model",
        &dirs[1],
        "--allow-partial",
        "--quiet",
    ]);
    t.check("partial.txt");
}

#[test]
fn a_microphone_is_asked_for_in_a_way_that_can_work() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    let taken = scratch.path("taken.wav");
    std::fs::write(&taken, "mine").unwrap();
    t.run(&["transcribe", "--device", "usb", &clip("rain")]);
    t.run(&["transcribe", "--record", &taken, &clip("rain")]);
    // Before anybody speaks for nothing.
    t.run(&["transcribe", "--record", "--model", "nowhere"]);
    let refused = run(&ear.args(&["--record", &taken]));
    t.add(&["transcribe", "--record", &taken], &refused);
    t.check("record.txt");
    assert_eq!(std::fs::read(&taken).unwrap(), b"mine");

    // Without any sound system.
    let new = scratch.path("new.wav");
    let output = myna(&ear.args(&["--record", &new, "--json"]))
        .env("ALSA_CONFIG_PATH", "/dev/null")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    let error: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(error["kind"], "sound-device");
    assert!(!std::path::Path::new(&new).exists());
}
