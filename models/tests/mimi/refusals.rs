//! Codes and audio that cannot serve.

use super::*;

#[test]
fn codes_from_elsewhere_are_refused_and_the_stream_goes_on() {
    let golden = golden();
    let (all, mut mimi) = (codes(&golden, "codes_a"), tiny());
    let mut streamed = mimi.decode_step(&frames(&all, 0..3)).expect("samples");
    let with = |id: i32| {
        let mut data = all.data().to_vec();
        data[2 * all.frames() + 7] = id;
        Codes::new(K, data).expect("a table")
    };
    for id in [64, -1, i32::MAX, i32::MIN] {
        refusal(
            mimi.decode_step(&with(id)),
            Kind::BadInput,
            "codebook 2 in frame 7",
        );
    }
    refusal(
        mimi.decode_step(&Codes::new(6, vec![0; 6]).expect("a table")),
        Kind::BadInput,
        "6 codebooks",
    );
    streamed.extend(mimi.decode_step(&frames(&all, 3..11)).expect("samples"));
    assert_close("stream", &streamed, golden.f32("decoded_a"), 1e-4);
}

#[test]
fn codes_are_whole_frames() {
    refusal(Codes::new(5, vec![0; 7]), Kind::BadInput, "7 codes");
    refusal(Codes::new(0, vec![0; 7]), Kind::BadInput, "no codes");
    refusal(Codes::new(5, vec![]), Kind::BadInput, "no codes");
    refusal(Codes::from_frames(&[]), Kind::BadInput, "no codes");
    refusal(
        Codes::from_frames(&[vec![1, 2], vec![3]]),
        Kind::BadInput,
        "frame 1",
    );
    let codes = Codes::from_frames(&[vec![1, 2], vec![3, 4], vec![5, 6]]).expect("codes");
    assert_eq!((codes.codebooks(), codes.frames()), (2, 3));
    assert_eq!(
        (codes.row(0), codes.row(1), codes.row(2)),
        ([1, 3, 5].as_slice(), [2, 4, 6].as_slice(), [].as_slice())
    );
    assert_eq!((codes.frame(1), codes.frame(3)), (vec![3, 4], vec![]));
    assert_eq!(codes.truncated(1).expect("codes").data(), [1, 3, 5]);
    refusal(codes.truncated(3), Kind::BadInput, "3 of 2");
    refusal(codes.truncated(0), Kind::BadInput, "0 of 2");
}

#[test]
fn audio_that_is_none_is_refused() {
    let mut mimi = tiny();
    refusal(mimi.encode(&[], K), Kind::BadInput, "empty");
    refusal(mimi.encode(&[0.0, f32::NAN], K), Kind::BadInput, "sample 1");
    refusal(mimi.encode(&[f32::INFINITY], K), Kind::BadInput, "sample 0");
    refusal(mimi.encode(&[0.0; 100], 0), Kind::BadInput, "0 codebooks");
    refusal(mimi.encode(&[0.0; 100], 6), Kind::BadInput, "6 codebooks");
}
