//! A sound device that vanishes in mid-sentence. Needs the sound server of `tools/with-desktop.sh`, so this is ignored by a
//! plain `cargo test`; `./dev test` runs it there.

use myna_engine::Result;
use myna_engine::sound::{Playback, RATE};
use myna_engine::speak::Prior;
use myna_engine::speak::session::{Ending, Event, Made, Maker, Output, Piece, Session, State};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Bound for every wait; a debug build on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);
const SENTENCES: usize = 3;

/// Says every sentence as two seconds of a tone.
struct Tone;

impl Maker for Tone {
    fn make(
        &mut self,
        _: &Piece,
        _: u64,
        _: Option<&Prior>,
        _: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Made> {
        let tone = |i: u32| 0.3 * (i as f32 * 0.05).sin() * (i as f32 * 0.0003).sin();
        let samples: Vec<f32> = (0..2 * RATE).map(tone).collect();
        on_sound(&samples)?;
        Ok(Made {
            ending: Ending::Whole,
            frames: 25,
            beyond_codec: 0,
            work: 0.0,
            prior: None,
        })
    }
}

fn pactl(args: &[&str]) {
    let output = Command::new("pactl").args(args).output().unwrap();
    assert!(output.status.success(), "pactl {args:?}");
}

/// Takes every sink away and puts a new default one in their place, after a while without any.
fn replug(name: &str, absent: Duration) {
    for kind in ["module-remap-source", "module-null-sink"] {
        pactl(&["unload-module", kind]);
    }
    std::thread::sleep(absent);
    let sink = |name: &str, channels: &str| {
        let (name, channels) = (format!("sink_name={name}"), format!("channels={channels}"));
        let args = [
            "load-module",
            "module-null-sink",
            &name,
            "rate=48000",
            &channels,
        ];
        pactl(&[&args[..], &["norewinds=1"]].concat());
    };
    sink(name, "2");
    sink("micfeed", "1");
    let source = ["source_name=mic", "master=micfeed.monitor"];
    pactl(&[&["load-module", "module-remap-source"], &source[..]].concat());
    pactl(&["set-default-sink", name]);
    pactl(&["set-default-source", "mic"]);
}

/// The next event for which `holds`; what came before goes to `seen`.
fn until(events: &Receiver<Event>, seen: &mut Vec<String>, holds: impl Fn(&Event) -> bool) {
    let end = Instant::now() + PATIENCE;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let event = events.recv_timeout(left);
        let event = event.unwrap_or_else(|_| panic!("it never came, but {seen:?}"));
        assert!(!matches!(event, Event::Failed(..)), "{event:?}");
        seen.push(match &event {
            Event::Said(n, samples) => format!("said {n}: {}", samples.len()),
            other => format!("{other:?}"),
        });
        if holds(&event) {
            return;
        }
    }
}

#[test]
#[ignore = "needs a sound server: ./dev test"]
fn a_device_that_vanishes_in_mid_sentence_costs_nothing() {
    let (sender, events) = channel();
    let open = || Ok(Box::new(Playback::open(2.0)?) as Box<dyn Output>);
    let session = Session::start(
        Box::new(Tone),
        Box::new(open),
        Box::new(move |event| _ = sender.send(event)),
    )
    .unwrap();
    let piece = Piece::whole("la", 20.0);
    session.play(vec![piece; SENTENCES]);
    let mut seen = Vec::new();
    until(&events, &mut seen, |e| matches!(e, Event::Piece(1)));
    // The second sentence is being heard.
    std::thread::sleep(Duration::from_millis(300));
    replug("another", Duration::from_millis(1500));
    until(&events, &mut seen, |e| matches!(e, Event::Finished { .. }));
    let said: Vec<&String> = seen.iter().filter(|s| s.starts_with("said")).collect();
    assert_eq!(said.len(), SENTENCES, "{seen:?}");
    let whole = format!(": {}", 2 * RATE);
    assert!(said.iter().all(|s| s.ends_with(&whole)), "{said:?}");
    // The next request works on the new device.
    session.play(vec![Piece::whole("lu", 20.0)]);
    until(&events, &mut seen, |e| matches!(e, Event::Finished { .. }));
    assert_eq!(session.state(), State::Idle);
    replug("speaker", Duration::ZERO);
    println!("devices unplugged in mid-sentence: 1, {SENTENCES} sentences heard whole, 0 lost");
}
