//! The pages' side of the commands, written from the types here and held to them.

use super::programs::VoiceForCard;
use super::settings::{
    Device, KeyCard, ModelCard, Part, ReadingCard, Runs, SettingsPage, WordCard,
};
use super::transcripts::{Doubt, Format, Passage, TranscriptLine, TranscriptPage};
use super::voices::{Judged, Spoken, TakeCard, Verdicts, VoiceCard, Vouched, Why};
use super::watched::WatchedFolder;
use super::welcome::WelcomePage;
use super::*;
use crate::desk::{
    App, Asked, Fetching, Job, Outcome, Pace, Purpose, Reading, Recent, Recording, Sample, Tape,
    Unfinished, Voice,
};
use ts_rs::{Config, TS};

/// Command, what it takes, and what it answers.
type Command = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const COMMANDS: [Command; 81] = [
    ("watch", &[("channel", "Channel<Snapshot>")], NOTHING),
    ("speak", &[("text", "string")], NOTHING),
    ("transport", &[("action", "Transport")], NOTHING),
    ("go_to", &[("sentence", "number")], NOTHING),
    ("set_voice", &[("id", "string")], NOTHING),
    ("set_speed", &[("speed", "number")], NOTHING),
    ("cancel_job", &[("id", "number")], NOTHING),
    ("replay", &[("id", "number")], NOTHING),
    ("copy", &[("id", "number")], NOTHING),
    ("paste", &[("id", "number")], NOTHING),
    ("dismiss_problem", &[], NOTHING),
    ("popover_ready", &[], NOTHING),
    ("hide_popover", &[], NOTHING),
    ("pin_popover", &[("pinned", "boolean")], NOTHING),
    ("record", &[], NOTHING),
    ("stop_dictation", &[], NOTHING),
    (
        "answer_link",
        &[("id", "number"), ("yes", "boolean")],
        NOTHING,
    ),
    ("quit", &[], NOTHING),
    ("window_ready", &[], NOTHING),
    ("close_window", &[], NOTHING),
    ("transcripts", &[("words", "string")], "TranscriptLine[]"),
    ("transcript", &[("id", "number")], "TranscriptPage"),
    ("show_transcript", &[("id", "number | null")], NOTHING),
    (
        "correct_passage",
        &[("id", "number"), ("passage", "number"), ("text", "string")],
        NOTHING,
    ),
    ("copy_transcript", &[("id", "number")], NOTHING),
    ("paste_transcript", &[("id", "number")], NOTHING),
    (
        "export_transcript",
        &[("id", "number"), ("format", "Format")],
        "string | null",
    ),
    ("remove_transcript", &[("id", "number")], NOTHING),
    ("restore_transcript", &[], NOTHING),
    ("hear_again", &[("id", "number")], NOTHING),
    (
        "play_passage",
        &[("id", "number"), ("passage", "number")],
        NOTHING,
    ),
    (
        "waveform",
        &[("id", "number"), ("columns", "number")],
        "number[]",
    ),
    ("tape", &[("action", "Transport")], NOTHING),
    ("choose_recordings", &[], NOTHING),
    ("choose_folder", &[], NOTHING),
    ("retry_job", &[("id", "number")], NOTHING),
    ("forget_job", &[("id", "number")], NOTHING),
    ("voices", &[], "VoiceCard[]"),
    ("show_voice", &[("id", "string | null")], NOTHING),
    ("voice_health", &[("id", "string")], "Verdicts[]"),
    (
        "try_voice",
        &[("id", "string"), ("text", "string")],
        NOTHING,
    ),
    (
        "play_recording",
        &[("id", "string"), ("recording", "number")],
        NOTHING,
    ),
    (
        "rename_voice",
        &[("id", "string"), ("name", "string")],
        NOTHING,
    ),
    (
        "duplicate_voice",
        &[("id", "string"), ("name", "string")],
        NOTHING,
    ),
    (
        "correct_recording",
        &[
            ("id", "string"),
            ("recording", "number"),
            ("transcript", "string"),
        ],
        NOTHING,
    ),
    (
        "vouch",
        &[("id", "string"), ("why", "Why"), ("statement", "string")],
        NOTHING,
    ),
    ("remove_voice", &[("id", "string")], NOTHING),
    ("restore_voice", &[("id", "string")], NOTHING),
    ("export_voice", &[("id", "string")], "string | null"),
    ("import_voices", &[], NOTHING),
    ("takes", &[], "TakeCard[]"),
    ("choose_takes", &[], NOTHING),
    (
        "describe_take",
        &[("id", "number"), ("transcript", "string")],
        NOTHING,
    ),
    ("drop_take", &[("id", "number")], NOTHING),
    ("start_recording", &[("words", "string")], NOTHING),
    ("stop_recording", &[], NOTHING),
    (
        "make_voice",
        &[
            ("name", "string"),
            ("why", "Why"),
            ("statement", "string"),
            ("anyway", "boolean"),
        ],
        NOTHING,
    ),
    ("show_settings", &[], NOTHING),
    ("settings", &[], "SettingsPage"),
    (
        "set_history",
        &[
            ("keep", "boolean"),
            ("days", "number | null"),
            ("entries", "number | null"),
        ],
        NOTHING,
    ),
    (
        "set_word",
        &[("word", "string"), ("said", "string | null")],
        NOTHING,
    ),
    (
        "set_key",
        &[("does", "string"), ("key", "string | null")],
        NOTHING,
    ),
    ("listen_for_key", &[("on", "boolean")], NOTHING),
    (
        "set_device",
        &[("device", "Device"), ("name", "string | null")],
        NOTHING,
    ),
    ("set_login", &[("on", "boolean")], NOTHING),
    (
        "set_model",
        &[("part", "Part"), ("id", "string | null")],
        NOTHING,
    ),
    (
        "set_reading",
        &[("kind", "string"), ("treatment", "string")],
        NOTHING,
    ),
    ("set_volume", &[("volume", "number")], NOTHING),
    ("set_dictation", &[("paste", "boolean")], NOTHING),
    ("show_welcome", &[], NOTHING),
    ("welcome", &[], "WelcomePage"),
    ("check_selection", &[], NOTHING),
    ("check_microphone", &[], NOTHING),
    ("fetch_model", &[("id", "string")], NOTHING),
    ("stop_fetching", &[], NOTHING),
    ("remove_model", &[("id", "string")], NOTHING),
    ("voices_for", &[], "VoiceForCard[]"),
    (
        "set_voice_for",
        &[("app", "string"), ("voice", "string | null")],
        NOTHING,
    ),
    ("watched_folders", &[], "WatchedFolder[]"),
    ("watch_folder", &[], NOTHING),
    (
        "unwatch_folder",
        &[("at", "number"), ("name", "string")],
        NOTHING,
    ),
];
const NOTHING: &str = "null";

fn bindings() -> String {
    let config = Config::default();
    let mut text = String::from(
        "// Written by `./dev fixtures` from the types in src-tauri; do not edit.\n\
         import { type Channel, invoke } from \"@tauri-apps/api/core\";\n\n",
    );
    for declaration in [
        crate::Problem::decl(&config),
        Pace::decl(&config),
        Reading::decl(&config),
        Job::decl(&config),
        Unfinished::decl(&config),
        Tape::decl(&config),
        Sample::decl(&config),
        Outcome::decl(&config),
        Recent::decl(&config),
        Voice::decl(&config),
        Purpose::decl(&config),
        Recording::decl(&config),
        Asked::decl(&config),
        Fetching::decl(&config),
        App::decl(&config),
        Snapshot::decl(&config),
        Transport::decl(&config),
        TranscriptLine::decl(&config),
        Doubt::decl(&config),
        Passage::decl(&config),
        TranscriptPage::decl(&config),
        Format::decl(&config),
        Why::decl(&config),
        Vouched::decl(&config),
        Spoken::decl(&config),
        VoiceCard::decl(&config),
        Judged::decl(&config),
        Verdicts::decl(&config),
        TakeCard::decl(&config),
        WordCard::decl(&config),
        Runs::decl(&config),
        ModelCard::decl(&config),
        KeyCard::decl(&config),
        Device::decl(&config),
        Part::decl(&config),
        ReadingCard::decl(&config),
        SettingsPage::decl(&config),
        VoiceForCard::decl(&config),
        WatchedFolder::decl(&config),
        WelcomePage::decl(&config),
    ] {
        text += &format!("export {declaration}\n\n");
    }
    text += "/** Every command of the app. A refused call rejects with a `Problem`. */\nexport const commands = {\n";
    for (command, takes, answers) in COMMANDS {
        let mut words = command.split('_');
        let mut name = words.next().unwrap_or_default().to_owned();
        for word in words {
            name += &word[..1].to_uppercase();
            name += &word[1..];
        }
        let typed: Vec<_> = takes.iter().map(|(n, t)| format!("{n}: {t}")).collect();
        let names: Vec<_> = takes.iter().map(|(n, _)| *n).collect();
        let handed = match names.join(", ") {
            none if none.is_empty() => none,
            some => format!(", {{ {some} }}"),
        };
        text += &format!(
            "  {name}: ({}) => invoke<{answers}>(\"{command}\"{handed}),\n",
            typed.join(", ")
        );
    }
    text + "};\n"
}

#[test]
fn the_pages_bindings_are_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/bindings.ts");
    if std::env::var_os("MYNA_UPDATE").is_some() {
        std::fs::write(path, bindings()).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, bindings(), "run ./dev fixtures");
}

#[test]
fn every_command_has_a_permission_of_its_own() {
    let permissions = include_str!("../../permissions/commands.toml");
    for (command, _, _) in COMMANDS {
        assert!(
            permissions.contains(&format!("commands.allow = [\"{command}\"]")),
            "{command}"
        );
    }
}
