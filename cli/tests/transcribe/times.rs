//! Long recordings: where segments begin and end, and that every second is accounted for.

use super::*;
use std::io::Write;

#[test]
fn pauses_are_left_out_and_every_second_of_speech_is_accounted_for() {
    let ear = Ear::new("trained");
    let long = ear.json(&[&clip("long")]);
    let [speech, ..] = adds_up(&long);
    assert!((3.0..6.0).contains(&speech), "{speech}");
    let segments = long["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 4, "four stretches of speech");
    let mut before = 0.0;
    for segment in segments {
        let [start, end] = ["start", "end"].map(|k| segment[k].as_f64().unwrap());
        assert!(before <= start && start < end && end <= 27.25);
        before = end;
    }
}

#[test]
fn times_are_those_of_the_speech() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let read = |name: &str| read_wav(root().join(clip(name)).to_str().unwrap());
    let mut wave = Vec::new();
    let mut begins = Vec::new();
    let spec = read("rain").0;
    for name in ["rain", "row", "morning", "tally"] {
        begins.push(wave.len() as f64 / 16_000.0);
        wave.extend(read(name).1);
        wave.resize(wave.len() + 53_333, 0.0);
    }
    let path = scratch.path("four.wav");
    write_wav(&path, spec, &wave);
    let result = ear.json(&[&path]);
    adds_up(&result);
    let segments = result["segments"].as_array().unwrap();
    assert_eq!(segments.len(), begins.len());
    for (segment, begin) in segments.iter().zip(begins) {
        let start = segment["start"].as_f64().unwrap();
        assert!((start - begin).abs() < 0.4, "{start} for {begin}");
    }
}

/// A WAV of samples at 16 kHz over and over, in bytes: hours of single samples take long.
fn write_repeated(path: &str, period: &[f32], times: usize) {
    let bytes: Vec<u8> = period
        .iter()
        .flat_map(|s| ((s * 32768.0) as i16).to_le_bytes())
        .collect();
    let length = (bytes.len() * times) as u32;
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let number = |n: u32| n.to_le_bytes();
    let parts: [&[u8]; 11] = [
        b"RIFF",
        &number(length + 36),
        b"WAVEfmt ",
        &number(16),
        &[1, 0, 1, 0],
        &number(16_000),
        &number(32_000),
        &[2, 0, 16, 0],
        b"data",
        &number(length),
        b"",
    ];
    for part in parts {
        file.write_all(part).unwrap();
    }
    for _ in 0..times {
        file.write_all(&bytes).unwrap();
    }
    file.flush().unwrap();
}

fn numbers(result: &Value, key: &str) -> Vec<f64> {
    let segments = result["segments"].as_array().unwrap();
    segments.iter().map(|s| s[key].as_f64().unwrap()).collect()
}

#[test]
fn an_hour_is_found_where_it_is() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let (_, mut rain) = read_wav(root().join(clip("rain")).to_str().unwrap());
    let spoken = rain.len() as f64 / 16e3;
    rain.resize(20 * 16_000, 0.0);
    let hour = scratch.path("hour.wav");
    write_repeated(&hour, &rain, 180);
    let result = ear.json(&[&hour]);
    assert_eq!(result["seconds"], 3600.0);
    let [speech, ..] = adds_up(&result);
    assert!((speech - 180.0 * spoken).abs() < 180.0 * 0.4, "{speech}");
    let (starts, ends) = (numbers(&result, "start"), numbers(&result, "end"));
    assert_eq!(starts.len(), 180);
    for (i, (start, end)) in starts.iter().zip(&ends).enumerate() {
        let at = 20.0 * i as f64;
        // To within a few of the frames that speech is found by, at the end as at the beginning.
        assert!((at - 0.3..at + 0.3).contains(start), "{i}: {start}");
        assert!((end - at - (ends[0])).abs() < 0.1, "{i}: {end}");
    }
}

#[test]
fn memory_does_not_follow_the_length() {
    let scratch = Scratch::new();
    let (_, mut rain) = read_wav(root().join(clip("rain")).to_str().unwrap());
    rain.resize(20 * 16_000, 0.0);
    let peak = |periods: usize| {
        let path = scratch.path("some.wav");
        write_repeated(&path, &rain, periods);
        let report = succeed(&["transcribe", &path, "--front-end-only", "--json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        report["peak_memory_bytes"].as_f64().unwrap()
    };
    // Twenty minutes of samples alone would take 77 MB.
    let (long, short) = (peak(60), peak(3));
    assert!(long < short + 16e6, "{long} bytes, {short} for a minute");
}

#[test]
fn many_chunks_are_complete_and_in_order() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let (_, long) = read_wav(root().join(clip("long")).to_str().unwrap());
    let path = scratch.path("long.wav");
    write_repeated(&path, &long[..400_000], 24);
    let result = ear.json(&[&path, "--no-vad"]);
    adds_up(&result);
    let words = "harbor lights fade slowly after midnight";
    assert_eq!(result["text"], vec![words; 24].join(" "));
    let wanted: Vec<f64> = (0..24).map(|i| 25.0 * f64::from(i)).collect();
    assert_eq!(numbers(&result, "start"), wanted);
}
