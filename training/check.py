"""A check of the recipe in well under a minute, without training anything.

Owns: shapes, determinism of the data, the held-out filter, and that what is exported is what was trained: keys against the genuine
layouts' fixtures where they are in the tree, a round trip through the files, and the codec through transformers' own Mimi where that
package is installed. Fails: with the first thing that does not hold.
"""

import json
import struct
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F

from . import audio, csm, ear, export, grid, mimi, sentences, speech, start, step_audio, tokens, voice
from . import codec as codec_training
from .line import Line

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures"


def header(path):
    with open(path, "rb") as file:
        return json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))


def shape_of(keys):
    """Key names with layer numbers blanked, so that sizes may differ."""
    return {".".join("N" if part.isdigit() else part for part in key.split(".")) for key in keys if key != "__metadata__"}


def same_keys(tensors, path, ignore=()):
    if path.exists():
        have, want = shape_of(tensors), shape_of(header(path))
        wrong = {k for k in have ^ want if not any(part in k for part in ignore)}
        assert not wrong, f"keys unlike {path.name}: {sorted(wrong)[:5]}"


def data():
    a, b = sentences.from_grammar(500, 3), sentences.from_grammar(500, 3)
    assert a == b and a != sentences.from_grammar(500, 4), "the grammar must follow its seed"
    assert all(sentences.clean(text) == text for text in a + sentences.fixed("phrases"))
    held = sentences.fixed("held_out")
    assert len(held) == len(set(held)) == 100 and len(sentences.fixed("phrases")) == 100
    assert not any(sentences.clean(text) for text in held), "a held-out sentence passed the filter"
    assert not any(sentences.clean("And " + text[0].lower() + text[1:]) for text in held), "a longer line holds a held-out sentence"
    assert sentences.spell(560) == "five hundred and sixty" and sentences.spell(12_007) == "twelve thousand and seven"


def small_codec():
    torch.manual_seed(1)
    model = mimi.Mimi(mimi.Sizes(filters=4, width=16, layers=1, heads=2, mlp=32, books=8, codes=32, code_width=8)).eval()
    model.quantiser.start(torch.randn(800, 16))
    return model


def codec(folder):
    model = small_codec()
    x = 0.1 * torch.randn(2, 1, 6 * mimi.FRAME)
    with torch.no_grad():
        codes = model.encode(x)
        assert codes.shape == (2, 8, 6) and codes.min() > 0, "code 0 must stay free"
        y = model.decode(codes)
        assert y.shape == x.shape
        cut = model.decode(codes[..., :4])
        assert (cut - y[..., : cut.shape[-1]]).abs().max() < 1e-5, "decoding must be causal"
        wide = mimi.Conv(6, 4, 8, 4, transposed=True)
        z = torch.randn(1, 6, 5)
        assert (wide(z) - F.conv_transpose1d(z, wide.weight(), wide.bias, stride=4)[..., :20]).abs().max() < 1e-5
    export.write(folder / "codec", export.codec_tensors(model), export.codec_config(model.sizes), {})
    back = export.codec_from(folder / "codec")
    same_keys(header(folder / "codec" / "model.safetensors"), FIXTURES / "mimi-tiny" / "kyutai" / "tokenizer-tiny.safetensors")
    with torch.no_grad():
        other = back.decode(codes)
        assert (other - y).abs().max() < 0.02 * y.abs().max(), "export changed the decoder"
        same = (back.encode(x) == codes).float().mean()
        assert same > 0.9, f"export changed {1 - same:.0%} of the codes"
    return through_transformers(folder / "codec", x, back)


def to_transformers(tensors, heads):
    """kyutai names -> transformers names; rotary rows of q and k go from interleaved to half-split."""

    def halves(w):
        width = w.shape[0] // heads
        return w.view(heads, width // 2, 2, -1).transpose(1, 2).reshape(w.shape)

    out = {}
    for key, value in tensors.items():
        if key.endswith("in_proj_weight"):
            q, k, v = value.chunk(3)
            stem = key.replace(".transformer.layers", ".layers").replace("in_proj_weight", "")
            out |= {stem + "q_proj.weight": halves(q), stem + "k_proj.weight": halves(k), stem + "v_proj.weight": v}
            continue
        for old, new in (
            ("encoder.model.", "encoder.layers."), ("decoder.model.", "decoder.layers."), (".conv.conv.conv", ".conv"), (".conv.conv", ".conv"),
            (".convtr.convtr.convtr", ".conv"), (".convtr.convtr", ".conv"), (".transformer.layers", ".layers"), ("out_proj", "o_proj"),
            ("linear1", "mlp.fc1"), ("linear2", "mlp.fc2"), (".norm1", ".input_layernorm"), (".norm2", ".post_attention_layernorm"),
            ("layer_scale_1", "self_attn_layer_scale"), ("layer_scale_2", "mlp_layer_scale"), ("rvq_first", "semantic_residual_vector_quantizer"),
            ("rvq_rest", "acoustic_residual_vector_quantizer"), (".vq.layers.", ".layers."), ("._codebook.embedding_sum", ".codebook.embed_sum"),
            ("._codebook.cluster_usage", ".codebook.cluster_usage"), ("._codebook._initialized", ".codebook.initialized"),
        ):  # fmt: skip
            key = key.replace(old, new)
        out[key] = value
    return out


def through_transformers(folder, x, ours):
    """The exported codec in transformers' MimiModel: an implementation that shares nothing with this one."""
    try:
        from transformers import MimiModel
    except ImportError:
        return "transformers not installed: parity not checked"
    from safetensors.torch import load_file

    config = json.loads((folder / "config.json").read_text())
    tensors = {k: v.float() for k, v in load_file(folder / "model.safetensors").items()}
    # From a folder, since the library maps the hub's flat names to its own while it loads.
    other = folder / "transformers"
    export.write(other, to_transformers(tensors, config["num_attention_heads"]), {**config, "torch_dtype": "float32"}, {})
    theirs, found = MimiModel.from_pretrained(other, output_loading_info=True)
    theirs.eval()
    assert not found["missing_keys"] and not found["unexpected_keys"] and not found["mismatched_keys"], found
    with torch.no_grad():
        codes = theirs.encode(x, num_quantizers=config["num_quantizers"]).audio_codes
        mine = ours.encode(x)
        same = (codes == mine).float().mean().item()
        wave = (theirs.decode(mine).audio_values - ours.decode(mine)).abs().max().item()
    assert same > 0.99 and wave < 1e-4, f"transformers' Mimi disagrees: {same:.1%} of the codes, waveform off by {wave}"
    return f"codec agrees with transformers' Mimi: {same:.1%} of the codes, waveform within {wave:.1e}"


def ears(folder):
    torch.manual_seed(2)
    content = tokens.ear()
    special, rows = tokens.ids_of(content)
    model = step_audio.Ear(step_audio.Sizes(state=16, heads=2, layers=1, context=200, adapter=32, width=24, llm_heads=3, llm_kv=1, llm_layers=1, mlp=32, vocabulary=rows)).eval()
    front = ear.Front()
    mels = [front.mel(0.1 * np.random.default_rng(i).standard_normal(n)) for i, n in enumerate((16_000, 9_000, 4_321))]
    assert mels[0].shape == (128, (16_000 + 479) // 160) and step_audio.lengths(102) == (51, 25, 13)
    mel, frames = ear.stacked(mels)
    counts = torch.tensor([step_audio.lengths(int(f))[2] for f in frames])
    with torch.no_grad():
        _, together = model.hear(mel, frames)
        ids, _ = ear.conversation(["One.", "Two.", "Three."], counts.tolist())
        prompts = model.embed_prompt(ids, len(ear.BEFORE), counts, together)
        for i, one in enumerate(mels):
            _, alone = model.hear(one[None], frames[i : i + 1])
            count, first = int(counts[i]), len(ear.BEFORE)
            assert (alone[0, :count] - together[i, :count]).abs().max() < 1e-4, "a clip must not depend on its batch"
            assert torch.equal(prompts[i, first : first + count], together[i, :count]), "every prompt must hold its own clip"
    export.write(folder / "ear", export.ear_tensors(model), export.ear_config(model.sizes, special), {}, content)
    same_keys(header(folder / "ear" / "model.safetensors"), FIXTURES / "step-audio-tiny" / "rand" / "model.safetensors", ("embed_tokens", "lm_head"))
    back = export.ear_from(folder / "ear")
    assert torch.equal(back.hear(mel, frames)[1], model.hear(mel, frames)[1])
    golden = FIXTURES / "step-audio-tiny" / "mel_constants.safetensors"
    if golden.exists():
        from safetensors.torch import load_file

        constants = load_file(golden)
        assert (constants["mel_filters_128"] - audio.mel_filters(16_000, 400, 128)).abs().max() < 1e-5, "mel filters differ from the genuine ones"
        assert (constants["hann_400_periodic"] - torch.hann_window(400)).abs().max() < 1e-5


def spoken():
    """Lines know when what is said: letters and phonemes run forward, and the tokens cover the sound."""
    chance = np.random.default_rng(6)
    for text in ["The library opens, at half past nine.", *sentences.from_grammar(20, 6)]:
        line = Line.drawn(text, chance)
        # The end of the text may lie in the half second of silence that is cut off behind it.
        assert len(line.letters) == len(text) + 1 and (np.diff(line.letters) >= 0).all() and line.letters[-1] < len(line.wave) / line.rate + 0.5
        phones = line.phones(step_audio.lengths(line.frames())[0])
        assert (phones > 0).mean() > 0.5 and ear.tokens_of([phones]).shape[1] >= step_audio.lengths(line.frames())[2]


def voices(folder):
    torch.manual_seed(3)
    content = tokens.voice()
    special, rows = tokens.ids_of(content)
    model = csm.Voice(csm.Sizes(layers=1, width=32, heads=2, kv=1, mlp=48, depth_layers=1, depth_width=32, depth_heads=2, depth_kv=1, depth_mlp=48, head_width=16, audio=35, text=rows)).eval()
    prompt, mask = voice.text_rows(0, "Hello.")
    codes, _ = csm.generate(model, prompt[None], mask[None], 3, temperature=0)
    with torch.no_grad():
        sound, seen = voice.audio_rows(codes)
        hidden = model(torch.cat([prompt, sound])[None], torch.cat([mask, seen])[None])
        first = model.codebook0_head(hidden)[0, len(prompt) - 1 : len(prompt) - 1 + len(codes)].argmax(-1)
        rest = model.depth(hidden[0, len(prompt) - 1 : len(prompt) - 1 + len(codes)], codes).argmax(-1)
        assert torch.equal(first, codes[:, 0]) and torch.equal(rest, codes[:, 1:]), "generation and training disagree"
    frames, phones = torch.arange(1, 25).view(3, 8), torch.arange(3 * 2 * voice.NAMED).view(3, -1)
    told = SimpleNamespace(lines=[{"speaker": 0, "text": "Hi."}], of=lambda _: frames, phones=lambda _: phones)
    lined, _, counted, named = voice.item(told, 0)
    naming = named[:, 0] >= 0
    assert torch.equal(named[naming], phones) and torch.equal(lined[1:][naming[:-1], :-1], frames), "a row names the phonemes of the frame that follows it"
    assert counted.sum() == len(frames) + 1 and not naming[:-1][~counted[1:]].any()
    export.write(folder / "voice", export.voice_tensors(model), export.voice_config(model.sizes, special), {}, content)
    same_keys(header(folder / "voice" / "model.safetensors"), FIXTURES / "csm-tiny" / "sesame" / "model.safetensors")
    back = export.voice_from(folder / "voice")
    assert all(torch.equal(a, b) for a, b in zip(back.state_dict().values(), model.state_dict().values()))


def tokenizers(folder):
    """The written tokenizer.json files, read by the library that Myna uses, against the ids that training uses."""
    try:
        from tokenizers import Tokenizer
    except ImportError:
        return "tokenizers not installed: tokenizer files not checked"
    reader = Tokenizer.from_file(str(folder / "ear" / "tokenizer.json"))
    prompt = f"<|BOT|>system\n{tokens.INSTRUCTION}<|EOT|><|BOT|>human\n<audio_start>"
    assert reader.encode(prompt, add_special_tokens=False).ids == ear.BEFORE
    assert reader.encode("<audio_end><|EOT|><|BOT|>assistant\n", add_special_tokens=False).ids == ear.AFTER
    for text in ["It's 5 o'clock, isn't it?", "Déjà vu", *sentences.fixed("held_out")]:
        assert reader.encode(text, add_special_tokens=False).ids == ear.plain_ids(text)
        assert reader.decode(ear.plain_ids(text)) == text
    reader = Tokenizer.from_file(str(folder / "voice" / "tokenizer.json"))
    assert reader.encode("[1]Hello there.", add_special_tokens=False).ids == voice.text_ids(1, "Hello there.")[1:-1]
    return "tokenizer files agree with the training ids"


def precision():
    """bf16 against f32 at the codec's own widths: see README.md on convolutions that are wrong on some machines."""
    torch.manual_seed(4)
    model = mimi.Mimi(mimi.Sizes(**codec_training.SIZES))
    codes, weight, seen = torch.randint(1, 512, (2, 8, 6)), torch.randn(2, 1, 6 * mimi.FRAME), []
    for half in (False, True):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            y = model.sound(0.1 * model.quantiser.decode(codes))
        model.zero_grad()
        (y.float() * weight).sum().backward()
        seen.append([y.detach().float().flatten(), *(p.grad.flatten() for p in model.parameters() if p.grad is not None)])
    worst = min(torch.cosine_similarity(a, b, 0).item() for a, b in zip(*seen) if a.norm() > 0)
    assert worst > 0.98, f"bf16 training is wrong on this machine: cosine {worst:.2f} with f32"


def computed():
    """A codec computed from a few lines already carries speech, through codes of which none is 0."""
    torch.manual_seed(5)
    lines = speech.pocket_lines(sentences.from_grammar(41, 5), 5)
    sounds = [codec_training.whole(speech.say(line["text"], line["voice"], pitch=line["pitch"])) for line in lines]
    model = mimi.Mimi(mimi.Sizes(**codec_training.SIZES)).eval()
    start.compute(model, sounds[1:])
    with torch.no_grad():
        x = torch.from_numpy(sounds[0])[None, None]
        codes = model.encode(x)
        y = model.decode(codes)
        later = model.encode(x[..., 3 * mimi.FRAME :])
    assert codes.min() > 0 and (codes[..., 4:] == later[..., 1:]).float().mean() > 0.99, "a frame's codes depend on the frames before it"
    likeness = torch.cosine_similarity(x.flatten(), y.flatten(), 0).item()
    assert likeness > 0.7, f"the computed codec loses the waveform: likeness {likeness:.2f}"


def pulses():
    """The pocket voices keep the pitch asked for, to a tenth of a hertz, and their pulses keep to the grid."""
    for voice_name in grid.SPEAKERS:
        for hertz in grid.PITCHES[voice_name]:
            found = grid.stretches(grid.say("Seven men were on the moon.", voice_name, hertz).astype(float), hertz)
            long = [phase for start, end, phase in found if end - start > 2400]
            assert long and all(abs(phase + 0.25) < 0.03 for phase in long), (voice_name, hertz, found)


def main(_argv):
    torch.set_num_threads(1)
    data()
    computed()
    pulses()
    spoken()
    precision()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(codec(folder))
        ears(folder)
        voices(folder)
        print(tokenizers(folder))
    print("the recipe holds")
