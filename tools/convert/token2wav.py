#!/usr/bin/env python3
"""Turns the published token2wav files of Step-Audio 2 into safetensors, once.

    python tools/convert/token2wav.py Step-Audio-2-mini/token2wav -o Step-Audio-2-mini/token2wav

    flow.pt                        -> flow.safetensors          names and axes as they are
    hift.pt                        -> hift.safetensors          the same, `generator.` taken off
    speech_tokenizer_v2_25hz.onnx  -> s3tokenizer.safetensors   PyTorch's names, told from the graph's
    campplus.onnx                  -> campplus.safetensors      names and axes of the public MLX conversion

Pickles are opened here and nowhere else, with `weights_only`, so that no code in them runs. Files that are not there are left
out; an existing result is not replaced without --force. Needs numpy and safetensors, torch for .pt, onnx for .onnx.
"""
import argparse
import pathlib
import re
import sys

import numpy as np
from safetensors.numpy import save_file


def pickled(path):
    """Name -> array of a PyTorch checkpoint."""
    import torch

    state = torch.load(path, map_location="cpu", weights_only=True)
    tensors = {}
    for name, value in state.items():
        if not torch.is_tensor(value):
            sys.exit(f"{path}: {name} is no tensor")
        # bfloat16 has no place in numpy.
        tensors[name] = value.detach().to(torch.float32).contiguous().numpy()
    return tensors


class Graph:
    """An ONNX file as (kind of node, its path without slashes and the kind, the stored arrays it reads)."""

    def __init__(self, path):
        import onnx
        from onnx import numpy_helper

        graph = onnx.load(str(path)).graph
        stored = {i.name: i for i in graph.initializer}
        # Exporters also keep small weights in constant nodes, or pass them through Identity.
        alias = {}
        for node in graph.node:
            if node.op_type == "Constant":
                for attribute in node.attribute:
                    if attribute.name == "value":
                        stored[node.output[0]] = attribute.t
            elif node.op_type == "Identity":
                alias[node.output[0]] = node.input[0]

        def read(name):
            while name in alias:
                name = alias[name]
            return numpy_helper.to_array(stored[name]) if name in stored else None

        self.nodes = []
        for node in graph.node:
            arrays = [a for a in (read(name) for name in node.input) if a is not None and a.size > 0]
            path = node.name.strip("/").split("/")
            self.nodes.append((node.op_type, path[:-1], arrays))


def tokenizer(path):
    """The S3 tokenizer: encoder.conv1, encoder.conv2, encoder.blocks.N…, quantizer._codebook.project_down."""
    tensors = {}
    for kind, path_parts, arrays in Graph(path).nodes:
        where = ".".join(path_parts).replace("mlp.mlp.", "mlp.")
        block = re.search(r"blocks\.\d+\..*", where)
        if kind == "Conv":
            weight = arrays[0]
            if block:
                name = f"encoder.{block.group(0)}"
            else:
                name = "encoder.conv1" if weight.shape[1] != weight.shape[0] else "encoder.conv2"
            tensors[f"{name}.weight"] = weight
            if len(arrays) > 1:
                tensors[f"{name}.bias"] = arrays[1]
        elif kind == "LayerNormalization" and block:
            tensors[f"encoder.{block.group(0)}.weight"], tensors[f"encoder.{block.group(0)}.bias"] = arrays[:2]
        elif kind in ("MatMul", "Gemm") and arrays and arrays[0].ndim == 2:
            weight = arrays[0]
            if block:
                tensors[f"encoder.{block.group(0)}.weight"] = weight.T
            elif weight.shape[1] == 8:
                tensors["quantizer._codebook.project_down.weight"] = weight.T
                if len(arrays) > 1:
                    tensors["quantizer._codebook.project_down.bias"] = arrays[1]
        elif kind == "Add" and arrays and arrays[0].ndim == 1:
            if block and block.group(0).split(".")[-1] in ("query", "value", "out", "0", "2"):
                tensors[f"encoder.{block.group(0)}.bias"] = arrays[0]
            elif arrays[0].shape == (8,):
                tensors["quantizer._codebook.project_down.bias"] = arrays[0]
    layers = 1 + max((int(m.group(1)) for m in (re.match(r"encoder\.blocks\.(\d+)\.", n) for n in tensors) if m), default=-1)
    needed = [f"{n}.{p}" for n in ("encoder.conv1", "encoder.conv2", "quantizer._codebook.project_down") for p in ("weight", "bias")]
    for layer in range(max(layers, 1)):
        block = f"encoder.blocks.{layer}"
        needed += [f"{block}.attn.fsmn_block.weight", f"{block}.attn.key.weight"]
        for part in ("attn.query", "attn.value", "attn.out", "attn_ln", "mlp_ln", "mlp.0", "mlp.2"):
            needed += [f"{block}.{part}.weight", f"{block}.{part}.bias"]
    return exactly(path, tensors, needed)


def speaker(path):
    """CAM++: head…, tdnn, blocks.B.layers.L…, transits.T…, dense; convolutions as [out, …, in]."""
    tensors = {}
    for kind, parts, arrays in Graph(path).nodes:
        if not arrays or parts[:1] not in (["head"], ["xvector"]):
            continue
        where = ".".join(parts)
        where = re.sub(r"(layer\d)\.\1\.", r"\1.", where).replace("shortcut.shortcut.0", "shortcut.0")
        where = where.removeprefix("xvector.")
        where = re.sub(r"^block(\d+)\.tdnnd(\d+)\.", lambda m: f"blocks.{int(m[1]) - 1}.layers.{int(m[2]) - 1}.", where)
        where = re.sub(r"^transit(\d+)\.", lambda m: f"transits.{int(m[1]) - 1}.", where)
        where = re.sub(r"\.(nonlinear\d?)\.batchnorm$", r".\1.0", where)
        if re.fullmatch(r"head\.layer\d\.\d\.shortcut", where):
            where += ".0"
        if kind == "Conv":
            tensors[f"{where}.weight"] = np.moveaxis(arrays[0], 1, -1)
            if len(arrays) > 1:
                tensors[f"{where}.bias"] = arrays[1]
        elif kind == "BatchNormalization":
            weight, bias, mean, variance = arrays
            tensors[f"{where}.running_mean"], tensors[f"{where}.running_var"] = mean, variance
            if where != "dense.nonlinear.0":
                tensors[f"{where}.weight"], tensors[f"{where}.bias"] = weight, bias
            elif not (np.allclose(weight, 1) and np.allclose(bias, 0)):
                sys.exit(f"{path}: the last norm is of an unknown kind")
    # A BatchNormalization whose scale the exporter folded into the convolution before it is simply not there.
    if "tdnn.linear.weight" not in tensors or "dense.linear.weight" not in tensors:
        sys.exit(f"{path}: its nodes are not named as in the published file; found {sorted(tensors)[:5]}")
    return tensors


def exactly(path, tensors, needed):
    missing, surplus = sorted(set(needed) - set(tensors)), sorted(set(tensors) - set(needed))
    if missing or surplus:
        sys.exit(f"{path}: its nodes are not named as in the published file; missing {missing[:5]}, unknown {surplus[:5]}")
    return tensors


def vocoder(path):
    return {name.removeprefix("generator."): value for name, value in pickled(path).items()}


FILES = {
    "flow.pt": ("flow.safetensors", pickled),
    "hift.pt": ("hift.safetensors", vocoder),
    "speech_tokenizer_v2_25hz.onnx": ("s3tokenizer.safetensors", tokenizer),
    "campplus.onnx": ("campplus.safetensors", speaker),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the published token2wav folder")
    parser.add_argument("-o", "--output", type=pathlib.Path, help="where to write; the same folder without it")
    parser.add_argument("--force", action="store_true", help="replace results that are there")
    args = parser.parse_args()
    out = args.output or args.folder
    found = [name for name in FILES if (args.folder / name).is_file()]
    if not found:
        sys.exit(f"{args.folder} holds none of {', '.join(FILES)}")
    out.mkdir(parents=True, exist_ok=True)
    for name in found:
        target, convert = FILES[name]
        if (out / target).exists() and not args.force:
            print(f"{out / target}: is there already, left as it is")
            continue
        tensors = {key: np.ascontiguousarray(value, dtype=np.float32) for key, value in convert(args.folder / name).items()}
        if bad := [key for key, value in tensors.items() if not np.isfinite(value).all()]:
            sys.exit(f"{args.folder / name}: {bad[0]} holds values that are not numbers")
        part = out / f"{target}.part"
        save_file(tensors, part, {"format": "pt", "made_by": "tools/convert/token2wav.py", "source": name})
        part.replace(out / target)
        size = sum(value.nbytes for value in tensors.values())
        print(f"{out / target}: {len(tensors)} tensors, {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
