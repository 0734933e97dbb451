//! When the popover shows and goes: without a tray, by a click, by the menu, by a second start.

use super::stage::*;

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn shows_its_drawn_popover_when_there_is_no_tray() {
    let mut app = Process::start(&mut app(&[]));
    app.says("no tray on this desktop");
    // It appears only after its page has asked for the versions and was answered; in the top right corner.
    let (width, height) = POPOVER;
    until("the popover appears whole in its corner", || {
        popover_on_screen() == Some([SCREEN.0 - width - 8, 8, width, height])
    });
    assert!(app.runs());
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn starts_without_a_session_bus() {
    let mut app =
        Process::start(app(&[]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"));
    until("the popover appears", || popover_on_screen().is_some());
    assert!(app.runs());
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn lives_in_the_tray_and_comes_when_clicked() {
    let mut panel = panel();
    let mut app = Process::start(&mut app(&[]));
    panel.says("registered");
    assert_eq!(popover_on_screen(), None, "hidden until asked");

    // The page may still be loading: then the click is remembered.
    panel.tell("activate");
    until("a click opens it", || popover_on_screen().is_some());
    panel.tell("activate");
    until("a second click closes it", || popover_on_screen().is_none());

    panel.tell("click Open Myna");
    until("the menu opens it", || popover_on_screen().is_some());
    panel.tell("click Quit Myna");
    until("the menu quits", || !app.runs());
    assert_eq!(app.child.wait().unwrap().code(), Some(0));
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn opens_at_once_when_told_to() {
    let panel = panel();
    let _app = Process::start(&mut app(&["--show"]));
    panel.says("registered");
    until("the popover appears", || popover_on_screen().is_some());
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_second_start_hands_over_and_ends() {
    let panel = panel();
    let mut first = Process::start(&mut app(&[]));
    panel.says("registered");
    assert_eq!(popover_on_screen(), None, "hidden until asked");
    let mut second = Process::start(&mut app(&[]));
    until("the second start ends", || !second.runs());
    assert_eq!(second.child.wait().unwrap().code(), Some(0));
    until("the first one's popover appears", || {
        popover_on_screen().is_some()
    });
    assert!(first.runs());
}
