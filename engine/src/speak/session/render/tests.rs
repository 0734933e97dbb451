use super::*;
use crate::hear::{Recogniser, Watch, Words};
use crate::speak::session::pieces;
use crate::speak::session::test::{Singer, piece};
use crate::speak::text::{Dictionary, Policy, plan};
use myna_models::step_audio::FinishReason;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// Takes what comes, and remembers in which pieces.
#[derive(Default)]
struct Basket {
    begun: Vec<usize>,
    parts: Vec<usize>,
    hurried: bool,
    /// Samples, as the maker of [`Counted`] counts them too.
    taken: Arc<AtomicUsize>,
}

impl Taker for Basket {
    fn begin(&mut self, index: usize) {
        self.begun.push(index);
    }

    fn hurries(&self) -> bool {
        self.hurried
    }

    fn take(&mut self, samples: &[f32]) -> Result<()> {
        self.parts.push(samples.len());
        self.taken.fetch_add(samples.len(), Ordering::SeqCst);
        Ok(())
    }
}

impl Basket {
    fn samples(&self) -> usize {
        self.parts.iter().sum()
    }
}

static GO: AtomicBool = AtomicBool::new(false);

fn rendered(
    singer: &mut Singer,
    pieces: &[Piece],
    most: f64,
    basket: &mut Basket,
) -> Vec<Rendered> {
    render(singer, pieces, most, None, &GO, basket).unwrap()
}

fn numbered(pieces: impl IntoIterator<Item = Piece>) -> Vec<Piece> {
    let numbered = pieces.into_iter().enumerate();
    numbered
        .map(|(number, piece)| Piece { number, ..piece })
        .collect()
}

#[test]
fn a_flawed_take_is_made_again_and_the_first_of_several_bad_ones_is_kept() {
    let mut singer = Singer::default();
    let pieces = numbered([
        piece("fine", 1.0),
        piece("endless 1", 1.0),
        piece("endless 9", 1.0),
        piece("last", 1.0),
    ]);
    let mut basket = Basket::default();
    let all = rendered(&mut singer, &pieces, 100.0, &mut basket);
    assert_eq!(singer.attempts, [0, 0, 1, 0, 1, 2, 0]);
    let kept: Vec<_> = all.iter().map(|r| (r.attempt, r.tries, r.flaw)).collect();
    assert_eq!(
        kept,
        [
            (0, 1, None),
            (1, 2, None),
            (0, 3, Some(Flaw::Endless)),
            (0, 1, None)
        ]
    );
    assert_eq!(all[2].work, 1.5, "of all tries");
    // Nothing follows on from what went wrong.
    assert_eq!(singer.priors[1..3], ["fine", "fine"]);
    assert_eq!(singer.priors[6], "");
    // Takes that are no good are never heard.
    assert_eq!(basket.samples(), 4 * RATE as usize);
    assert_eq!(basket.begun, [0, 1, 2, 3]);
}

#[test]
fn the_first_piece_comes_as_it_is_made_and_the_others_whole() {
    let mut basket = Basket::default();
    let two = numbered([piece("one", 0.5), piece("two", 0.5)]);
    rendered(&mut Singer::default(), &two, 100.0, &mut basket);
    assert_eq!(basket.parts[..3], [1920, 1920, 1920]);
    assert_eq!(basket.parts[7..], [12_000]);
    // Unless somebody would have to wait for them.
    let mut hurried = Basket {
        hurried: true,
        ..Basket::default()
    };
    rendered(&mut Singer::default(), &two, 100.0, &mut hurried);
    assert_eq!(hurried.parts[7], 1920);
    assert_eq!(hurried.samples(), basket.samples());
}

#[test]
fn what_is_out_is_not_made_again() {
    let mut singer = Singer::default();
    let mut basket = Basket::default();
    let first = [piece("endless 9", 1.0)];
    let all = rendered(&mut singer, &first, 100.0, &mut basket);
    assert_eq!(singer.attempts, [0]);
    assert_eq!((all[0].flaw, all[0].tries), (Some(Flaw::Endless), 1));
    // A choice that was made before is not made again either.
    let chosen = numbered([
        piece("a", 1.0),
        Piece {
            attempt: Some(2),
            ..piece("endless 9", 1.0)
        },
    ]);
    let mut singer = Singer::default();
    rendered(&mut singer, &chosen, 100.0, &mut Basket::default());
    assert_eq!(singer.attempts, [0, 2]);
}

#[test]
fn pauses_stand_between_pieces_and_the_whole_has_an_end() {
    let mut short = piece("fine", 1.0);
    short.pause = 0.5;
    let three = numbered(vec![short; 3]);
    let of = |most: f64| {
        let mut basket = Basket::default();
        let all = rendered(&mut Singer::default(), &three, most, &mut basket);
        (all.len(), basket.samples() as f64 / f64::from(RATE))
    };
    assert_eq!(of(100.0), (3, 4.0));
    assert_eq!(of(1.25), (1, 1.25));
    assert_eq!(of(1.5), (1, 1.5));
}

#[test]
fn being_cut_off_by_the_whole_is_no_flaw_and_the_end() {
    let mut singer = Singer::default();
    let pieces = numbered([
        piece("a", 1.0),
        piece("endless 9", 1.0),
        piece("never", 1.0),
    ]);
    let all = rendered(&mut singer, &pieces, 4.5, &mut Basket::default());
    // Four times its length is its own bound, and no less is left.
    assert_eq!((all.len(), singer.attempts.len()), (2, 2));
    assert_eq!((all[1].ending, all[1].flaw), (Ending::Cut, None));
}

/// Spells like somebody with a cold, and worse on the first hearing of "bad".
struct Cold {
    texts: Vec<String>,
    heard: usize,
}

impl Recogniser for Cold {
    fn recognise(&mut self, samples: &[f32], _: Watch<'_>) -> Result<Words> {
        assert!(
            (15_900..16_100).contains(&samples.len()),
            "{}",
            samples.len()
        );
        let text = self.texts[self.heard].clone();
        self.heard += 1;
        Ok(Words {
            text,
            finish_reason: FinishReason::Stop,
            uncertain: false,
        })
    }
}

#[test]
fn what_is_not_heard_well_is_said_again_and_the_best_is_kept() {
    let texts = ["gute morning", "xyz", "bad sendence", "x", "xx", "goot xx"];
    let mut cold = Cold {
        texts: texts.map(Into::into).into(),
        heard: 0,
    };
    let pieces = numbered([
        piece("good morning", 1.0),
        piece("bad sentence", 1.0),
        piece("good night", 1.0),
    ]);
    let (mut singer, mut basket) = (Singer::default(), Basket::default());
    basket.hurried = true;
    let check = Some(Check::new(&mut cold));
    let all = render(&mut singer, &pieces, 100.0, check, &GO, &mut basket).unwrap();
    assert_eq!(singer.attempts, [0, 0, 1, 0, 1, 2]);
    let kept: Vec<_> = all.iter().map(|r| (r.attempt, r.tries)).collect();
    assert_eq!(kept, [(0, 1), (1, 2), (2, 3)]);
    let heard: Vec<_> = all.iter().map(|r| r.heard.clone().unwrap().text).collect();
    assert_eq!(heard, ["gute morning", "bad sendence", "goot xx"]);
    // Nothing is out before it was listened to, whoever is in a hurry.
    assert_eq!(basket.parts, [RATE as usize; 3]);
}

/// A singer whose sound is counted until it is taken.
struct Counted {
    singer: Singer,
    made: usize,
    taken: Arc<AtomicUsize>,
    most: usize,
}

impl Maker for Counted {
    fn make(
        &mut self,
        piece: &Piece,
        attempt: u64,
        prior: Option<&Prior>,
        cancel: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Made> {
        let Self {
            singer,
            made,
            taken,
            most,
        } = self;
        singer.make(piece, attempt, prior, cancel, &mut |samples| {
            *made += samples.len();
            let outcome = on_sound(samples);
            *most = (*most).max((*made).saturating_sub(taken.load(Ordering::SeqCst)));
            outcome
        })
    }
}

#[test]
fn a_long_text_takes_no_more_memory_than_its_longest_sentence() {
    let text = "The river is wide here, and nobody hurries. It was 7:30 on the 3rd of April; \
                snow fell, thick and quiet, on roofs and roads and on the old stone bridge. Why? "
        .repeat(60);
    let sentences = plan(&text, &Policy::default(), &Dictionary::default());
    let mut pieces = pieces(&sentences);
    // Pauses are taken without having been made.
    pieces.iter_mut().for_each(|piece| piece.pause = 0.0);
    let words: usize = sentences.iter().map(|s| s.words.len()).sum();
    assert!(words > 1500 && pieces.len() > 150, "{words}");
    let mut basket = Basket::default();
    let mut counted = Counted {
        singer: Singer::default(),
        made: 0,
        taken: basket.taken.clone(),
        most: 0,
    };
    let all = render(&mut counted, &pieces, f64::INFINITY, None, &GO, &mut basket).unwrap();
    assert_eq!(all.len(), pieces.len());
    assert_eq!(basket.samples(), counted.made, "nothing is lost");
    let seconds = pieces.iter().map(|p| p.seconds).fold(0.0, f64::max);
    let longest = (seconds * f64::from(RATE)) as usize;
    assert!(seconds < 10.0, "{seconds}");
    assert!(counted.most <= longest + 1920, "{}", counted.most);
    assert!(counted.made > 50 * counted.most);
}

#[test]
fn a_full_disk_ends_everything_with_its_own_words() {
    struct Full;
    impl Taker for Full {
        fn begin(&mut self, _: usize) {}
        fn hurries(&self) -> bool {
            false
        }
        fn take(&mut self, _: &[f32]) -> Result<()> {
            Err(crate::Error::request("the disk is full", "Make room."))
        }
    }
    let mut singer = Singer::default();
    let two = numbered([piece("a", 1.0), piece("b", 1.0)]);
    let outcome = render(&mut singer, &two, 9.0, None, &GO, &mut Full);
    assert_eq!(outcome.unwrap_err().to_string(), "the disk is full");
    assert_eq!(singer.attempts, [0]);
}

#[test]
fn a_stop_keeps_what_is_there() {
    struct Stopping<'a>(usize, &'a AtomicBool);
    impl Taker for Stopping<'_> {
        fn begin(&mut self, index: usize) {
            self.1.store(index == 1, Ordering::SeqCst);
        }
        fn hurries(&self) -> bool {
            false
        }
        fn take(&mut self, samples: &[f32]) -> Result<()> {
            self.0 += samples.len();
            Ok(())
        }
    }
    let cancel = AtomicBool::new(false);
    let mut taker = Stopping(0, &cancel);
    let three = numbered(vec![piece("a", 1.0); 3]);
    let all = render(
        &mut Singer::default(),
        &three,
        9.0,
        None,
        &cancel,
        &mut taker,
    )
    .unwrap();
    assert_eq!(taker.0, RATE as usize);
    let endings: Vec<_> = all.iter().map(|r| r.ending).collect();
    assert_eq!(endings, [Ending::Whole, Ending::Stopped]);
}
