//! Links that other programs open: shown, and spoken when a person says so.

use super::page::Page;
use super::sound::*;
use super::stage::*;

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_links_text_waits_for_an_answer() {
    let mut other = other_program();
    let page = Page::open();
    let speaker = Recorder::start();
    // As a desktop opens it: one more start of the app, which hands the link over.
    let open = |link: &str| {
        let mut second = Process::start(&mut app(&[link]));
        until("the second start ends", || !second.runs());
    };
    open("myna://speak?text=Nobody%20wants%20this.");
    page.until_shown("[aria-labelledby=asked]");
    page.press_words("No");
    until("it is put away", || !page.shows("[aria-labelledby=asked]"));
    open("myna://speak?text=A%20link%20was%20opened.");
    page.until_shown("[aria-labelledby=asked]");
    assert_eq!(page.texts(".asked"), ["A link was opened."]);
    page.picture(&mut other, "link");
    assert_eq!(page.doing(), "Nothing is playing");
    assert!(voiced(&speaker.since(0)) < 0.1, "nothing is spoken before");

    page.click("[aria-labelledby=asked] button:first-of-type");
    speaker.until_sound(0);
    page.until_doing("Nothing is playing");
    speaker.until_silent(1.0);
    let voice = expected("A link was opened.").concat();
    let (share, ..) = found(&voice, &speaker.since(0));
    assert!(share > 0.9, "only {share:.3} of the voice was heard");

    open("myna://quit");
    page.until_shown("[role=alert]");
    let said = page.texts("[role=alert] p").concat();
    assert!(said.contains("Myna only speaks"), "{said}");
}
