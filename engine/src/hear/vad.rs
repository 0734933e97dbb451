//! Where somebody speaks, frame by frame (16 ms).
//!
//! A small network (earshot) gives each frame a probability; here it becomes yes or no. Speech begins when a frame
//! is more likely speech than not and lasts while the probability does not fall far; what lasts less than a tenth
//! of a second is a click. Steady noise comes near the threshold, clear speech goes far beyond it; where nothing
//! does, there is a doubt, and it is told. Nothing is known about files or chunks.

use earshot::Detector;

/// Samples of one frame.
pub const FRAME: usize = 256;
/// Speech begins above this …
const BEGIN: f32 = 0.5;
/// … and goes on above this.
const GO_ON: f32 = 0.4;
/// Noise does not reach this: hiss, hum and wind stay below 0.67, measured.
const SURE: f32 = 0.75;
/// Frames that make speech of a click: 96 ms.
const SHORTEST: usize = 6;

/// What is known after a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// So many of the newest frames are now known to be speech.
    pub newest: usize,
    /// The frame is beyond doubt.
    pub sure: bool,
}

pub struct Vad {
    detector: Box<Detector>,
    /// Frames above the threshold so far, in this run.
    run: usize,
    /// One of them was above the higher threshold.
    begun: bool,
}

impl Default for Vad {
    fn default() -> Self {
        Self {
            detector: Detector::default_boxed(),
            run: 0,
            begun: false,
        }
    }
}

impl Vad {
    pub fn push(&mut self, frame: &[f32; FRAME]) -> Heard {
        // The detector wants [−1, 1].
        let frame = frame.map(|s| s.clamp(-1.0, 1.0));
        let score = self.detector.predict_f32(&frame);
        Heard {
            newest: self.judge(score),
            sure: score >= SURE,
        }
    }

    /// How many of the newest frames are now known to be speech: none; several, when a run has just become long
    /// enough; one, while it goes on.
    fn judge(&mut self, score: f32) -> usize {
        let threshold = if self.begun { GO_ON } else { BEGIN };
        if score.is_nan() || score < threshold {
            (self.run, self.begun) = (0, false);
            return 0;
        }
        self.begun = true;
        self.run += 1;
        match self.run {
            n if n < SHORTEST => 0,
            SHORTEST => SHORTEST,
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clicks_are_no_speech_and_fading_words_are() {
        let mut vad = Vad::default();
        let click = [0.9; 5].map(|s| vad.judge(s));
        assert_eq!(click, [0; 5]);
        assert_eq!([0.3, 0.4, 0.9].map(|s| vad.judge(s)), [0, 0, 0]);
        let fading = [
            0.9,
            0.45,
            0.45,
            0.45,
            0.45,
            0.45,
            0.41,
            0.39,
            0.45,
            f32::NAN,
        ];
        assert_eq!(fading.map(|s| vad.judge(s)), [0, 0, 0, 0, 6, 1, 1, 0, 0, 0]);
    }

    #[test]
    fn silence_and_absurd_samples_are_no_speech() {
        let mut vad = Vad::default();
        for sample in [0.0, 1e30, -1e30] {
            for _ in 0..100 {
                assert_eq!(vad.push(&[sample; FRAME]).newest, 0);
            }
        }
    }
}
