//! Recordings of every kind: containers, rates, depths, channels, damage.

use super::*;

#[test]
fn every_container_is_read_whatever_its_name() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join(MEDIA)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with("mute") {
            continue;
        }
        // Names say nothing: the content is looked at.
        let bare = scratch.path(&name.replace('.', "-"));
        std::fs::copy(root().join(MEDIA).join(&name), &bare).unwrap();
        files.push(bare);
    }
    assert_eq!(files.len(), 12);
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    for result in ear.json(&names).as_array().unwrap() {
        let file = result["file"].as_str().unwrap();
        let wanted = if file.contains("rain") { RAIN } else { "Okay." };
        assert_eq!(result["text"], wanted, "{file}");
        adds_up(result);
    }
}

#[test]
fn rates_depths_and_channels_of_all_kinds_are_read() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let (_, speech) = read_wav(root().join(clip("rain")).to_str().unwrap());
    let at = |rate: usize| -> Vec<f32> {
        if rate < 16_000 {
            return speech
                .as_chunks::<2>()
                .0
                .iter()
                .map(|[a, b]| (a + b) / 2.0)
                .collect();
        }
        // Every sample so many times: rough, but the same words.
        let n = rate / 16_000;
        speech.iter().flat_map(|&s| vec![s; n]).collect()
    };
    let float = hound::SampleFormat::Float;
    let int = hound::SampleFormat::Int;
    for (rate, channels, bits, format) in [
        (16_000, 1, 32, float),
        (16_000, 6, 16, int),
        (16_000, 2, 24, int),
        (8_000, 1, 16, int),
        (48_000, 1, 16, int),
        (96_000, 2, 16, int),
        (96_000, 6, 24, int),
    ] {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: format,
        };
        let wave: Vec<f32> = at(rate as usize)
            .iter()
            .flat_map(|&s| vec![s; channels.into()])
            .collect();
        let path = scratch.path("speech.wav");
        write_wav(&path, spec, &wave);
        assert_eq!(
            ear.text(&[&path]),
            format!("{RAIN}\n"),
            "{rate} Hz, {channels}"
        );
    }
}

#[test]
fn what_is_no_sound_is_refused_and_what_is_left_of_sound_is_heard() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    let file = |name: &str, bytes: &[u8]| {
        let path = scratch.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let rain = std::fs::read(root().join(clip("rain"))).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let (none, short, poisoned) = (
        scratch.path("none.wav"),
        scratch.path("short.wav"),
        scratch.path("poisoned.wav"),
    );
    write_wav(&none, spec, &[]);
    write_wav(&short, spec, &[0.1; 1599]);
    let (_, mut speech) = read_wav(root().join(clip("rain")).to_str().unwrap());
    // A few values that are not numbers are silence, not the end.
    speech[..50].fill(f32::NAN);
    speech[50] = f32::INFINITY;
    write_wav(&poisoned, spec, &speech);
    let mute = format!("{MEDIA}/mute.mp4");
    let (empty, words, cut) = (
        file("empty.mp3", b""),
        file("words.m4a", b"only words"),
        file("cut.wav", &rain[..rain.len() / 2]),
    );
    let missing = scratch.path("missing.wav");
    std::fs::create_dir(scratch.path("folder")).unwrap();
    let folder = scratch.path("folder");
    // Everything that is refused before the model is loaded: no model is needed to say so.
    for path in [&empty, &words, &mute, &missing, &folder] {
        t.run(&["transcribe", path]);
    }
    t.run(&["transcribe", &empty, "--json"]);
    t.run(&["transcribe", &clip("rain"), "--model", "nowhere"]);
    t.run(&["transcribe", &clip("rain"), "--chunk-seconds", "30"]);
    t.run(&["transcribe", &clip("rain"), "--prompt", " "]);
    t.run(&[
        "transcribe",
        &clip("rain"),
        "--prompt",
        "Who?",
        "--task",
        "describe",
    ]);
    t.run(&[
        "transcribe",
        &clip("rain"),
        &clip("blip"),
        "--trace",
        "t.safetensors",
    ]);
    // What only listening tells.
    for path in [&none, &short, &poisoned, &cut] {
        let output = run(&ear.args(&[path]));
        t.add(&["transcribe", path], &output);
    }
    t.check("recordings.txt");
}

#[test]
fn files_cut_off_anywhere_are_told() {
    let scratch = Scratch::new();
    for entry in std::fs::read_dir(root().join(MEDIA)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for percent in [5, 60] {
            let cut = scratch.path(name);
            std::fs::write(&cut, &bytes[..bytes.len() * percent / 100]).unwrap();
            let output = run(&["transcribe", &cut, "--front-end-only", "--no-vad"]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains("panicked"), "{name}: {said}");
            assert!(
                matches!(output.status.code(), Some(1 | 2)) && said.contains("error: "),
                "{name} at {percent} %: {said}"
            );
        }
    }
}

#[test]
fn clipped_speech_is_understood_and_what_is_no_speech_does_no_harm() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let put = |name: &str, wave: &[f32]| {
        let path = scratch.path(name);
        write_wav(&path, spec, wave);
        path
    };
    let (_, speech) = read_wav(root().join(clip("rain")).to_str().unwrap());
    let loud: Vec<f32> = speech.iter().map(|s| (s * 8.0).clamp(-1.0, 1.0)).collect();
    assert_eq!(ear.text(&[&put("clipped.wav", &loud)]), format!("{RAIN}\n"));

    // Noise: whatever the model makes of it is doubted.
    let mut state = 1u32;
    let hiss: Vec<f32> = (0..10 * 16_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) as f32 / 327_680.0 - 0.1
        })
        .collect();
    let result = ear.json(&[&put("noise.wav", &hiss)]);
    let [_, transcribed, ..] = adds_up(&result);
    assert_eq!(transcribed, 0.0);

    // Chords and a beat. Harmonies are much like voices, so they may be heard; then the seconds say so.
    let chords = [[220.0, 277.0, 330.0], [196.0, 247.0, 294.0]];
    let music: Vec<f32> = (0..12 * 16_000)
        .map(|i| {
            let t = i as f32 / 16e3;
            let (chord, beat) = (chords[t as usize % 2], t % 0.5);
            let wave = |f: f32| (std::f32::consts::TAU * f * t).sin();
            let tone: f32 = chord.iter().map(|&f| wave(f) + wave(2.0 * f) / 2.0).sum();
            0.08 * tone * (-3.0 * beat).exp() + 0.2 * wave(60.0) * (-20.0 * beat).exp()
        })
        .collect();
    let result = ear.json(&[&put("music.wav", &music)]);
    let [speech, _, _, failed] = adds_up(&result);
    assert!(speech <= 12.0 && failed == 0.0);

    let silence = run(&ear.args(&[&put("silence.wav", &[0.0; 16_000])]));
    assert_eq!((silence.status.code(), silence.stdout.len()), (Some(0), 0));
    assert!(String::from_utf8_lossy(&silence.stderr).contains("no speech"));
}
