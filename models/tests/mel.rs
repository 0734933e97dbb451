//! The log-mel front end against the public implementation: tables, every stored length, frame counts.

mod common;

use common::{Golden, assert_close, fixture, pcm16};
use myna_models::audio::{Filterbank, MelFrontEnd, hann_periodic};

const DIR: &str = "step-audio-tiny";
const RIGHT_ZEROS: usize = 479;

fn clip(name: &str) -> Vec<f32> {
    pcm16(&format!("{DIR}/audio/{name}.wav"))
}

fn json(name: &str) -> serde_json::Value {
    let text = std::fs::read(fixture(&format!("{DIR}/{name}"))).expect("the fixture is there");
    serde_json::from_slice(&text).expect("the fixture is JSON")
}

#[test]
fn tables_equal_the_reference() {
    let golden = Golden::open(&format!("{DIR}/mel_constants.safetensors"));
    let filters = Filterbank::slaney(16_000.0, 400, 128, 0.0, 8_000.0);
    assert_eq!(
        golden.shape("mel_filters_128"),
        [filters.bands(), filters.bins()]
    );
    // The largest weight is 0.03; one unit in its last place is 2e-9.
    assert_close(
        "filters",
        &filters.dense(),
        golden.f32("mel_filters_128"),
        4e-9,
    );
    // PyTorch takes the cosine in f32, which costs it two units in the last place; ours is the exact value, rounded.
    assert_close(
        "window",
        &hann_periodic(400),
        golden.f32("hann_400_periodic"),
        3e-7,
    );
}

#[test]
fn every_length_equals_the_reference() {
    let golden = Golden::open(&format!("{DIR}/mel.safetensors"));
    let tally = clip("tally");
    let mut front_end = MelFrontEnd::new(128, RIGHT_ZEROS);
    for case in json("mel.json")["cases"].as_array().expect("a list") {
        let name = case["name"].as_str().expect("a name");
        let samples = case["samples"].as_u64().expect("a count") as usize;
        let wave = if name.starts_with("len") {
            tally[4000..4000 + samples].to_vec()
        } else {
            clip(name)
        };
        assert_eq!(wave.len(), samples, "{name}");
        let mel = front_end.compute(&wave);
        assert_eq!(
            mel.frames as u64,
            case["frames"].as_u64().expect("a count"),
            "{name}"
        );
        assert_eq!(golden.shape(name), [mel.bands, mel.frames], "{name}");
        assert_close(name, &mel.bands_first(), golden.f32(name), 1e-4);
    }
}

#[test]
fn silence_is_the_floor_and_empty_input_has_frames_of_it() {
    let mut front_end = MelFrontEnd::new(128, RIGHT_ZEROS);
    for n in [0, 1, 11_200] {
        let mel = front_end.compute(&vec![0.0; n]);
        assert_eq!(mel.frames, (n + RIGHT_ZEROS) / 160);
        assert!(
            mel.values.iter().all(|&v| v == -1.5),
            "silence of {n} samples"
        );
    }
    // Without appended zeros a chunk can be too short for its edges to be mirrored.
    assert_eq!(MelFrontEnd::new(128, 0).compute(&[0.1; 200]).frames, 0);
}

#[test]
fn features_do_not_depend_on_what_was_computed_before() {
    let (rain, blip) = (clip("rain"), clip("blip"));
    let mut used = MelFrontEnd::new(128, RIGHT_ZEROS);
    used.compute(&rain);
    assert_eq!(
        used.compute(&blip),
        MelFrontEnd::new(128, RIGHT_ZEROS).compute(&blip)
    );
}
