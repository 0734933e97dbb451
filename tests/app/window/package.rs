//! The Debian package: everything is in it, and the app that comes out of it works.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::sound::*;
use super::stage::*;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn the_app_out_of_the_package_speaks() {
    let folder = Folder(std::env::temp_dir().join(format!("myna-package-{}", std::process::id())));
    let program = Path::new(env!("CARGO_BIN_EXE_myna-app"));
    let target = program.ancestors().nth(2).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/bundle.sh");
    let package = run(Command::new(script)
        .arg("-o")
        .arg(&folder.0)
        .env("CARGO_TARGET_DIR", target));
    let root = folder.0.join("root");
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(package.trim())
        .arg(&root));

    let program = root.join("usr/bin/myna-app");
    for part in ["voice", "codec", "ear"] {
        let models = root.join("usr/share/myna/models/pocket");
        assert!(models.join(part).join("model.safetensors").exists());
    }
    let entry = std::fs::read_to_string(root.join("usr/share/applications/Myna.desktop")).unwrap();
    assert!(entry.contains("Exec=myna-app"), "{entry}");
    assert!(entry.contains("x-scheme-handler/myna"), "{entry}");
    // Every library is the system's or the package's own, none where this machine keeps MLX.
    let unpacked = root.canonicalize().unwrap();
    for line in run(Command::new("ldd")
        .arg(&program)
        .env_remove("LD_LIBRARY_PATH"))
    .lines()
    {
        assert!(!line.contains("not found"), "{line}");
        if ["mlx", "lapack"].iter().any(|name| line.contains(name)) {
            assert!(line.contains(unpacked.to_str().unwrap()), "{line}");
        }
    }

    let (mut panel, mut other) = (panel(), other_program());
    let speaker = Recorder::start();
    other.tell("words Unpacked and at home.");
    let _app = Process::start(Command::new(&program).env_remove("LD_LIBRARY_PATH"));
    panel.says("registered");
    panel.tell("click Speak Clipboard");
    speaker.until_sound(0);
    until_icon_says(&mut panel, "Myna");
    speaker.until_silent(1.0);
    let voice = expected("Unpacked and at home.").concat();
    let (share, ..) = found(&voice, &speaker.since(0));
    assert!(share > 0.9, "only {share:.3} of the voice was heard");
}
