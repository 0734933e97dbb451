"""mlx-audio: the frame of its generate loop, and its streaming Mimi decoder."""

import importlib.metadata

import mlx.core as mx
from mlx.utils import tree_map
from mlx_audio.codec.models.mimi.mimi import Mimi, MimiStreamingDecoder, mimi_202407
from mlx_audio.lm.sample_utils import make_sampler
from mlx_audio.tts.models.sesame.sesame import SesameModel

import common


def load(folder, shape):
    model = SesameModel(shape)
    weights = mx.load(str(folder / "model.safetensors"))
    model.load_weights([(common.plain(k), v) for k, v in weights.items()])
    model.setup_caches(1)
    mx.eval(model.parameters())
    return model


def prompt(shape):
    ids = mx.array(common.prompt_ids(shape), dtype=mx.int32)
    width = shape["audio_num_codebooks"] + 1
    tokens = mx.zeros((len(ids), width), dtype=mx.int32)
    mask = mx.zeros((len(ids), width), dtype=mx.bool_)
    tokens[:, -1] = ids
    mask[:, -1] = True
    return tokens[None], mask[None]


class Speaker:
    """The body of mlx-audio's `Model.generate` loop, line for line but for its progress bar."""

    def __init__(self, model, shape, sampler):
        self.model, self.sampler = model, sampler
        self.model.reset_caches()
        self.tokens, self.mask = prompt(shape)
        self.position = mx.arange(self.tokens.shape[1])[None].astype(mx.int32)

    def step(self):
        sample = self.model.generate_frame(self.tokens, self.mask, self.position, self.sampler)
        mx.all(sample == 0).item()  # end of speech?
        zero = mx.zeros((1, 1))
        self.tokens = mx.expand_dims(mx.concat([sample, zero.astype(mx.int32)], axis=1), axis=1)
        known = mx.ones_like(sample).astype(mx.bool_)
        self.mask = mx.expand_dims(mx.concat([known, zero.astype(mx.bool_)], axis=1), axis=1)
        self.position = self.position[:, -1:] + 1
        return sample


def decoder(codebooks):
    mimi = Mimi(mimi_202407(codebooks))
    # Random values everywhere: zeros would be as fast, but then nothing could go wrong visibly.
    mimi.update(tree_map(lambda a: 0.02 * mx.random.normal(a.shape), mimi.parameters()))
    mx.eval(mimi.parameters())
    streaming = MimiStreamingDecoder(mimi)
    codes = mx.random.randint(0, 2048, (1, codebooks, 1))
    return lambda: mx.eval(streaming.decode_frames(codes))


def main():
    args = common.arguments()
    shape = common.config(args.model)
    model = load(args.model, shape)
    greedy = Speaker(model, shape, lambda logits: mx.argmax(logits, axis=-1)).step()[0].tolist()
    speaker = Speaker(model, shape, make_sampler(temp=common.TEMPERATURE, top_k=common.TOP_K))
    times = {
        common.SPEAK: common.measure(args.frames, speaker.step),
        common.DECODE: common.measure(args.frames, decoder(shape["audio_num_codebooks"])),
    }
    versions = {name: importlib.metadata.version(name) for name in ("mlx-audio", "mlx")}
    common.report(times, versions, greedy, f"on {mx.default_device()}")


main()
