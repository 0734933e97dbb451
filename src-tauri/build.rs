//! Tells Tauri where this layout keeps its parts: the app package is the repository's root, its sources
//! and permissions are in `src-tauri/`. The UI must exist before the app compiles, because it is embedded.

use std::error::Error;
use std::path::Path;

use tauri_build::{AppManifest, Attributes};

fn main() -> Result<(), Box<dyn Error>> {
    for watched in ["src-tauri/capabilities", "src-tauri/permissions", "ui/dist"] {
        println!("cargo:rerun-if-changed={watched}");
    }
    if !Path::new("ui/dist/popover.html").exists() {
        return Err(
            "the UI is not built yet: run `./dev check` once, or `npm ci && npm run build` in ui/"
                .into(),
        );
    }
    let attributes = Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/*.json")
        .app_manifest(
            AppManifest::new().permissions_path_pattern("./src-tauri/permissions/*.toml"),
        );
    tauri_build::try_build(attributes)?;
    Ok(())
}
