//! What is read and written: several inputs, folders, pipes, results beside sources or elsewhere.

use super::*;
use std::path::Path;

#[test]
fn files_are_written_beside_the_source_or_into_a_folder_and_never_over_others() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let rain = scratch.path("rain.wav");
    std::fs::copy(root().join(clip("rain")), &rain).unwrap();
    assert_eq!(
        ear.text(&[&rain, "--format", "txt,srt,vtt,json,md"]),
        "",
        "text goes to files or to stdout"
    );
    let read = |name: &str| std::fs::read_to_string(scratch.path(name)).unwrap();
    let model = ear.dir.path().to_str().unwrap();
    let mut all = String::new();
    for name in ["txt", "srt", "vtt", "json", "md"] {
        let text = read(&format!("rain.{name}"))
            .replace(scratch.0.path().to_str().unwrap(), "SCRATCH")
            .replace(model, "MODEL");
        all.push_str(&format!("=== rain.{name}\n{text}"));
    }
    golden("transcripts.txt", &all);
    assert_eq!(
        std::fs::read_dir(scratch.0.path()).unwrap().count(),
        6,
        "nothing else is left"
    );

    std::fs::write(scratch.path("rain.txt"), "mine").unwrap();
    let refused = run(&ear.args(&[&rain, "--format", "txt"]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there already"));
    assert_eq!(read("rain.txt"), "mine");
    ear.text(&[&rain, "--format", "txt", "--force"]);
    assert_eq!(read("rain.txt"), format!("{RAIN}\n"));
    ear.text(&[&rain, "-o", &scratch.path("new/deep")]);
    assert_eq!(read("new/deep/rain.txt"), format!("{RAIN}\n"));
}

#[test]
fn folders_are_searched_and_one_bad_file_does_not_stop_the_queue() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let put = |from: &str, to: &str| {
        let to = scratch.path(to);
        std::fs::create_dir_all(Path::new(&to).parent().unwrap()).unwrap();
        std::fs::copy(root().join(from), to).unwrap();
    };
    put(&clip("rain"), "in/a.wav");
    put(&format!("{MEDIA}/rain.mp3"), "in/a.mp3");
    put(&clip("blip"), "in/sub/b.wav");
    std::fs::write(scratch.path("in/notes.txt"), "no sound").unwrap();
    std::fs::write(scratch.path("in/broken.wav"), "RIFF, so to speak").unwrap();
    let output = run(&ear.args(&[&scratch.path("in"), "-o", &scratch.path("out"), "--json"]));
    assert_eq!(output.status.code(), Some(1), "partial failure");
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.as_array().unwrap().len(), 3);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["kind"], "bad-audio");
    assert!(error["message"].as_str().unwrap().contains("broken.wav"));
    let read = |name: &str| std::fs::read_to_string(scratch.path(name)).unwrap();
    // Two sources of one name keep theirs apart.
    assert_eq!(read("out/a.wav.txt"), format!("{RAIN}\n"));
    assert_eq!(read("out/a.mp3.txt"), format!("{RAIN}\n"));
    assert_eq!(read("out/sub/b.txt"), "Okay.\n");
}

#[test]
fn standard_input_is_read() {
    let ear = Ear::new("trained");
    for file in [clip("rain"), format!("{MEDIA}/rain.m4a")] {
        let sound = std::fs::read(root().join(&file)).unwrap();
        let output = with_input(&ear.args(&["-"]), &sound);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("{RAIN}\n"),
            "{file}"
        );
    }
    // A named pipe gives its bytes a single time, too.
    let scratch = Scratch::new();
    let pipe = scratch.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let (from, to) = (root().join(clip("rain")), pipe.clone());
    let writer = std::thread::spawn(move || std::fs::write(to, std::fs::read(from).unwrap()));
    assert_eq!(ear.text(&[&pipe]), format!("{RAIN}\n"));
    writer.join().unwrap().unwrap();
}

/// What the app exports is rendered from the history.
#[test]
fn the_history_gives_back_the_very_files() {
    use myna_engine::hear::export::{Format, render};
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let rain = scratch.path("rain.wav");
    std::fs::copy(root().join(clip("rain")), &rain).unwrap();
    let (home, out) = (scratch.path("home"), scratch.path("out"));
    let args = ear.args(&[&rain, "--format", "txt,srt,vtt,json,md", "-o", &out]);
    let output = myna(&args).env("MYNA_HOME", &home).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let path = myna_engine::home::Home::at(home).history();
    let mut history = myna_engine::history::History::open(&path).unwrap();
    let kept = history.entry(1).unwrap().transcript().unwrap();
    for format in Format::ALL {
        let file = std::fs::read_to_string(format!("{out}/rain.{}", format.name())).unwrap();
        assert_eq!(render(&kept, format).unwrap(), file);
        assert!(!file.is_empty());
    }
}
