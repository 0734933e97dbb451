#!/usr/bin/env python3
"""The reference side of `myna tokens`: a CSM checkpoint run by PyTorch and transformers, recorded as a Myna trace.

    python3 -m venv VENV && VENV/bin/pip install -r tools/reference/requirements.txt
    VENV/bin/python tools/reference/capture_torch.py --model DIR --prompt P.safetensors --frames 50 --seed 42 -o torch.safetensors
    myna tokens capture --model DIR --prompt P.safetensors --frames 50 --seed 42 -o myna.safetensors
    myna tokens compare torch.safetensors myna.safetensors

DIR is a checkpoint that transformers loads: a folder with its config.json and weights, such as a download of sesame/csm-1b or of
a Marvis `-transformers` folder. P holds `tokens` (rows, K+1) and `mask` (rows, K+1): any trace of Myna is one.

It runs in f32 on the CPU (--dtype bf16 for the model alone), with the sampler as SesameAILabs/csm writes it: logits / T, keep
all at or above the k-th largest, softmax, argmax(p / q), q ~ Exp(1) from torch's generator after manual_seed. Names, shapes
and metadata are those of docs/tokens.md.
"""

import argparse
import hashlib
import platform
import time
from pathlib import Path

import numpy as np
import torch
import transformers
from safetensors.numpy import load_file, save_file
from transformers import CsmForConditionalGeneration, DynamicCache

FORMAT = "myna-trace-2"
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of a checkpoint that transformers loads")
    parser.add_argument("--prompt", type=Path, required=True, help="file with `tokens` and `mask`, both (rows, K+1)")
    parser.add_argument("--frames", type=int, required=True, help="stop after so many")
    parser.add_argument("-o", "--output", type=Path, required=True)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--seed", type=int, help="torch.manual_seed; default 0")
    how.add_argument("--noise", type=Path, help="file with `noise` f32 (N, K, V)")
    how.add_argument("--greedy", action="store_true", help="always the most likely token")
    parser.add_argument("--temperature", type=float, default=0.9)
    parser.add_argument("--top-k", type=int, default=50)
    parser.add_argument("--exclude-tokens", metavar="A..B", help="never draw A to B-1")
    parser.add_argument("--top", type=int, metavar="N", help="record the N best candidates instead of whole rows")
    parser.add_argument("--dtype", choices=DTYPES, default="f32")
    args = parser.parse_args()
    args.greedy |= args.temperature == 0
    args.exclude = tuple(map(int, args.exclude_tokens.split(".."))) if args.exclude_tokens else None
    return args


class Noise:
    """Exp(1) draws, a vocabulary a time, in the order of the codebooks."""

    def __init__(self, args, vocabulary):
        self.vocabulary, self.given, self.used = vocabulary, None, 0
        if args.noise:
            self.given = torch.from_numpy(load_file(args.noise)["noise"]).reshape(-1, vocabulary)
        elif not args.greedy:
            torch.manual_seed(args.seed or 0)

    def frames(self, codebooks):
        return None if self.given is None else len(self.given) // codebooks

    def next(self):
        if self.given is None:
            return torch.empty(self.vocabulary).exponential_(1)
        self.used += 1
        return self.given[self.used - 1]


class Sampler:
    def __init__(self, args):
        self.greedy, self.temperature, self.top_k = args.greedy, args.temperature, args.top_k
        self.exclude = args.exclude

    def draw(self, logits, noise, exclude):
        """`[V]` f32 → the token and the distribution it was drawn from (None when greedy)."""
        if exclude:
            logits = logits.clone()
            logits[exclude[0] : exclude[1]] = -torch.inf
        if self.greedy:
            return int(logits.argmax()), None
        logits = logits / self.temperature
        least = torch.topk(logits, min(self.top_k, len(logits))).values[-1]
        p = torch.softmax(logits.masked_fill(logits < least, -torch.inf), dim=-1)
        return int((p / noise).argmax()), p


class Model:
    """One frame at a time: the backbone's state, then codebook after codebook from the depth decoder."""

    def __init__(self, args):
        net = CsmForConditionalGeneration.from_pretrained(args.model, dtype=DTYPES[args.dtype]).eval()
        self.net, self.cache = net, DynamicCache(config=net.backbone_model.config)
        self.codebooks, self.vocabulary = net.config.num_codebooks, net.config.vocab_size
        self.offsets = torch.arange(self.codebooks) * self.vocabulary

    def embed(self, rows, mask):
        """`[rows, K+1]` ids → `[1, rows, H]`: per row the sum over the columns that count."""
        k = self.codebooks
        audio = self.net.backbone_model.embed_tokens.embed_audio_tokens
        codes = audio((rows[:, :k] * mask[:, :k]) + self.offsets) * mask[:, :k, None]
        text = self.net.embed_text_tokens(rows[:, k] * mask[:, k]) * mask[:, k, None]
        return (codes.sum(1) + text)[None]

    def step(self, embedded):
        """The backbone's state after these rows, `[H]`."""
        out = self.net.backbone_model(inputs_embeds=embedded, past_key_values=self.cache, use_cache=True)
        return out.last_hidden_state[0, -1]

    def frame(self, hidden, pick):
        """Calls `pick(logits [V])` for every codebook in order; the codes."""
        codes = [pick(self.net.lm_head(hidden))]
        cache = DynamicCache(config=self.net.depth_decoder.config)
        ids, state = torch.tensor([[0, codes[0]]]), hidden[None]
        while len(codes) < self.codebooks:
            out = self.net.depth_decoder(
                input_ids=ids,
                backbone_last_hidden_state=state,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            codes.append(pick(out.logits[0, -1]))
            ids, state = torch.tensor([[codes[-1]]]), None
        return codes


def fingerprint(folder):
    """SHA-256 over the bytes of the weights, files in the order of their names: what `myna` calls model_hash."""
    index = list(folder.glob("*.safetensors.index.json"))
    single = folder / "model.safetensors"
    files = sorted(folder.glob("*.safetensors")) if index or not single.exists() else [single]
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


class Record:
    """The trace's tensors, frame by frame."""

    def __init__(self, args, codebooks):
        self.top, self.codebooks, self.columns = args.top, codebooks, {}

    def add(self, name, value):
        self.columns.setdefault(name, []).append(value)

    def draw(self, logits, p, noise, token):
        """One codebook's draw."""
        rows = {"logits": logits, "probabilities": p, "noise": noise}
        if self.top:
            # Best first, the lower id first among equals.
            best = torch.sort(logits, descending=True, stable=True).indices[: self.top]
            self.add("top_ids", best.numpy().astype(np.int32))
            self.add("logsumexp", np.float32(torch.logsumexp(logits.double(), 0)))
            self.add("chosen_logits", logits[token].numpy())
            rows = {f"top_{name}": row if row is None else row[best] for name, row in rows.items()}
        for name, row in rows.items():
            if row is not None:
                self.add(name, row.numpy())

    def tensors(self, frames, ended):
        k, all = self.codebooks, {}
        for name, rows in self.columns.items():
            table = np.stack(rows)
            per_draw = name not in ("hidden", "milliseconds")
            all[name] = table.reshape(-1, k, *table.shape[1:]) if per_draw else table
        if "logits" in all:
            logits = all.pop("logits")
            all["c0_logits"], all["depth_logits"] = logits[:, 0], logits[:, 1:]
        all["frames"] = np.array(frames, dtype=np.int32).reshape(-1, k)
        return {name: np.ascontiguousarray(table) for name, table in all.items()}


@torch.inference_mode()
def main():
    args = arguments()
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    model, sampler = Model(args), Sampler(args)
    noise, record = Noise(args, model.vocabulary), Record(args, model.codebooks)
    prompt = load_file(args.prompt)
    rows, mask = (torch.from_numpy(prompt[name].astype(np.int64)) for name in ("tokens", "mask"))
    if rows.shape != mask.shape or rows.shape[1:] != (model.codebooks + 1,):
        raise SystemExit(f"{args.prompt}: {tuple(rows.shape)} rows do not fit {model.codebooks} codebooks")

    def pick(logits):
        logits = logits.float()
        q = None if args.greedy else noise.next()
        token, p = sampler.draw(logits, q, args.exclude)
        if args.exclude:
            record.add("unexcluded", np.int32(sampler.draw(logits, q, None)[0]))
        record.draw(logits, p, q, token)
        return token

    wanted = min(args.frames, noise.frames(model.codebooks) or args.frames)
    frames, stopped_by = [], "length"
    hidden = model.step(model.embed(rows, mask))
    while len(frames) < wanted:
        begin = time.perf_counter()
        record.add("hidden", hidden.float().numpy())
        codes = model.frame(hidden, pick)
        if not any(codes):
            record.add("milliseconds", np.float32(1e3 * (time.perf_counter() - begin)))
            stopped_by = "eos"
            break
        frames.append(codes)
        row = torch.tensor([[*codes, 0]])
        hidden = model.step(model.embed(row, torch.tensor([[1] * model.codebooks + [0]])))
        record.add("milliseconds", np.float32(1e3 * (time.perf_counter() - begin)))

    tensors = record.tensors(frames, stopped_by == "eos")
    tensors["tokens"], tensors["mask"] = rows.numpy().astype(np.int32), mask.numpy().astype(np.uint8)
    seed = "none (greedy)" if args.greedy else "none (given noise)" if args.noise else str(args.seed or 0)
    metadata = {
        "format": FORMAT,
        "producer": "capture_torch.py",
        "library": f"torch {torch.__version__.split('+')[0]}, transformers {transformers.__version__}",
        "device": "cpu",
        "dtype": args.dtype,
        "platform": f"{platform.system().lower()} {platform.machine()}",
        "model": args.model.resolve().name,
        "model_hash": fingerprint(args.model),
        "codebooks": str(model.codebooks),
        "vocabulary": str(model.vocabulary),
        "seed": seed,
        "temperature": "0" if args.greedy else str(args.temperature),
        "top_k": str(args.top_k),
        "exclude": args.exclude_tokens or "none",
        "stopped_by": stopped_by,
    }
    save_file(tensors, args.output, metadata)
    print(f"{args.output}: {len(frames)} frames, stopped by {stopped_by}")


main()
