//! Pieces of any size give what the whole gives.

use super::*;

#[test]
fn chunks_of_any_size_equal_the_whole() {
    let golden = golden();
    let all = codes(&golden, "codes_rand");
    let mut mimi = tiny();
    let whole = mimi.decode(&all).expect("samples");
    for chunk in [1, 2, 3, 5, 8, 13] {
        mimi.reset_decoder();
        let mut streamed = Vec::new();
        for from in (0..all.frames()).step_by(chunk) {
            let part = frames(&all, from..all.frames().min(from + chunk));
            let samples = mimi.decode_step(&part).expect("samples");
            assert_eq!(samples.len(), part.frames() * FRAME);
            streamed.extend(samples);
        }
        assert_close(&format!("chunks of {chunk}"), &streamed, &whole, 1e-5);
        assert_close(
            &format!("chunks of {chunk}"),
            &streamed,
            golden.f32("decoded_rand"),
            1e-4,
        );
    }
}

#[test]
fn encoding_in_pieces_equals_encoding_at_once() {
    let mut mimi = tiny();
    // 13 s of the two clips: beyond the window, with a last frame that is not full.
    let samples: Vec<f32> = std::iter::repeat_n([wav("a"), wav("b")].concat(), 4)
        .flatten()
        .collect();
    let whole = mimi
        .encode_in_pieces(&samples, K, usize::MAX)
        .expect("codes");
    assert_eq!(whole.frames(), samples.len().div_ceil(FRAME));
    for piece in [1, 2, 3, 7, 8] {
        assert_eq!(
            mimi.encode_in_pieces(&samples, K, piece).expect("codes"),
            whole,
            "pieces of {piece}"
        );
    }
}

#[test]
fn every_length_gives_whole_frames() {
    let mut mimi = tiny();
    let clip = wav("a");
    for n in [1, 2, 7, 959, 960, 961, 1919, 1920, 1921, 3840, 3841] {
        let codes = mimi.encode(&clip[..n], K).expect("codes");
        assert_eq!(codes.frames(), n.div_ceil(FRAME), "{n} samples");
    }
}

#[test]
fn an_utterance_leaves_nothing_behind() {
    let golden = golden();
    let (all, mut mimi) = (codes(&golden, "codes_a"), tiny());
    mimi.decode_step(&codes(&golden, "codes_rand"))
        .expect("samples");
    mimi.reset_decoder();
    assert_close(
        "after reset",
        &mimi.decode_step(&all).expect("samples"),
        golden.f32("decoded_a"),
        1e-4,
    );
    assert_close(
        "whole",
        &mimi.decode(&all).expect("samples"),
        golden.f32("decoded_a"),
        1e-4,
    );
    assert_close(
        "after whole",
        &mimi.decode_step(&all).expect("samples"),
        golden.f32("decoded_a"),
        1e-4,
    );
}

#[test]
fn encoding_leaves_a_decoder_stream_alone() {
    let golden = golden();
    let (all, mut mimi) = (codes(&golden, "codes_a"), tiny());
    let mut streamed = mimi.decode_step(&frames(&all, 0..4)).expect("samples");
    mimi.encode(&wav("b"), K).expect("codes");
    streamed.extend(mimi.decode_step(&frames(&all, 4..11)).expect("samples"));
    assert_close("stream", &streamed, golden.f32("decoded_a"), 1e-4);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_of_a_stream_equals_the_whole(cuts in prop::collection::btree_set(1usize..26, 0..10)) {
        let golden = golden();
        let all = codes(&golden, "codes_rand");
        let mut mimi = tiny();
        let (mut from, mut streamed) = (0, Vec::new());
        for to in cuts.into_iter().chain([all.frames()]) {
            streamed.extend(mimi.decode_step(&frames(&all, from..to)).expect("samples"));
            from = to;
        }
        assert_close("split", &streamed, golden.f32("decoded_rand"), 1e-4);
    }
}
