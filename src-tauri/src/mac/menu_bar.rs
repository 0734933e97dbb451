//! Living in the menu bar alone.

use tauri::{ActivationPolicy, App, Runtime};

/// No Dock icon and no entry in the app switcher. `Info.plist` says the same for the bundle, where it also
/// prevents the icon's short appearance at start; this covers a plain `cargo run`.
pub fn live_in_menu_bar<R: Runtime>(app: &mut App<R>) {
    app.set_activation_policy(ActivationPolicy::Accessory);
}
