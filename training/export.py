"""From checkpoints to the files that Myna loads.

Owns: the genuine key names of the three models, their config files and tokenizers. Promises: `codec` writes kyutai names, `voice`
torchtune (sesame) names, `ear` Step-Audio 2 names; all weights in f16 (codec) or bf16, each folder complete with config.json,
tokenizer.json where one is needed, and training.json (steps, seconds, sizes). Reading back gives the model that was written, up to
that rounding. Fails: when a checkpoint is missing or holds a part that is not finite.
"""

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from . import csm, mimi, step_audio, tokens
from .run import default_runs

HERE = Path(__file__).parent
# The exported voice draws at a temperature of 0.9 what the trained one draws at 0.36.
SHARPER = 2.5


def checkpoint(folder, device="cpu"):
    path = Path(folder) / "last.pt"
    if not path.exists():
        raise SystemExit(f"no checkpoint at {path}: train this part first")
    return torch.load(path, map_location=device, weights_only=True)


def trained_codec(folder, device="cpu"):
    state = checkpoint(folder, device)
    model = mimi.Mimi(mimi.Sizes(**state["sizes"])).to(device).eval()
    model.load_state_dict(state["average"])
    return model


def codec_at(runs, name, device="cpu"):
    """The codec of the run called `name`, or else the exported one in the folder of that name."""
    if (Path(name) / "model.safetensors").exists():
        return codec_from(name).to(device)
    return trained_codec(Path(runs) / name, device)


def codec_convs(model):
    """(kyutai's name, convolution) for every convolution of the codec."""
    for side, network in (("encoder", model.encoder), ("decoder", model.decoder)):
        for number, layer in enumerate(network.model):
            name = f"{side}.model.{number}"
            if isinstance(layer, mimi.Residual):
                yield f"{name}.block.1.conv.conv", layer.wide
                yield f"{name}.block.3.conv.conv", layer.back
            elif isinstance(layer, mimi.Conv):
                yield (f"{name}.convtr.convtr" if layer.transposed else f"{name}.conv.conv"), layer
    yield "downsample.conv.conv.conv", model.downsample
    yield "upsample.convtr.convtr.convtr", model.upsample


def codec_layers(model):
    """kyutai's name -> parameter for everything in the two transformers."""
    out = {}
    for side, network in (("encoder", model.encoder_transformer), ("decoder", model.decoder_transformer)):
        for number, layer in enumerate(network.layers):
            name = f"{side}_transformer.transformer.layers.{number}"
            out[f"{name}.self_attn.in_proj_weight"] = layer.in_proj.weight
            out[f"{name}.self_attn.out_proj.weight"] = layer.out_proj.weight
            out[f"{name}.linear1.weight"], out[f"{name}.linear2.weight"] = layer.linear1.weight, layer.linear2.weight
            for k in (1, 2):
                norm, scale = getattr(layer, f"norm{k}"), getattr(layer, f"scale{k}")
                out[f"{name}.norm{k}.weight"], out[f"{name}.norm{k}.bias"] = norm.weight, norm.bias
                out[f"{name}.layer_scale_{k}.scale"] = scale.scale
    return out


def codec_chains(model):
    return (("quantizer.rvq_first", model.quantiser.first), ("quantizer.rvq_rest", model.quantiser.rest))


def codec_tensors(model):
    """Mimi under kyutai's names, weight norm folded, code 0's guard dimension as the quantiser keeps it."""
    out = codec_layers(model)
    for key, layer in codec_convs(model):
        out[f"{key}.weight"] = layer.weight()
        if layer.bias is not None:
            out[f"{key}.bias"] = layer.bias
    for name, chain in codec_chains(model):
        out[f"{name}.input_proj.weight"] = (chain.input_weight * chain.guard[:, None])[..., None]
        out[f"{name}.output_proj.weight"] = (chain.output_weight * chain.guard)[..., None]
        for number, centroids in enumerate(chain.tables):
            # The centroids themselves, with a usage of one.
            book_name = f"{name}.vq.layers.{number}._codebook"
            out[f"{book_name}.embedding_sum"] = centroids
            out[f"{book_name}.cluster_usage"] = torch.ones(len(centroids))
            out[f"{book_name}._initialized"] = torch.ones(1)
    return {k: v.detach().cpu().half().contiguous() for k, v in out.items()}


def codec_config(sizes):
    s = sizes
    return {
        "architectures": ["MimiModel"], "model_type": "mimi", "attention_bias": False, "attention_dropout": 0.0, "audio_channels": 1,
        "codebook_dim": s.code_width, "codebook_size": s.codes, "compress": 2, "dilation_growth_rate": 2, "frame_rate": 12.5,
        "head_dim": s.width // s.heads, "hidden_act": "gelu", "hidden_size": s.width, "initializer_range": 0.02,
        "intermediate_size": s.mlp, "kernel_size": 7, "last_kernel_size": 3, "layer_scale_initial_scale": 0.01,
        "max_position_embeddings": 8000, "norm_eps": 1e-05, "num_attention_heads": s.heads, "num_filters": s.filters,
        "num_hidden_layers": s.layers, "num_key_value_heads": s.heads, "num_quantizers": s.books, "num_residual_layers": 1,
        "num_semantic_quantizers": 1, "pad_mode": "constant", "residual_kernel_size": 3, "rope_theta": 10000.0,
        "sampling_rate": 24000, "sliding_window": s.window, "trim_right_ratio": 1.0, "upsample_groups": s.width,
        "upsampling_ratios": list(s.ratios), "use_cache": False, "use_causal_conv": True, "use_conv_shortcut": False,
        "vector_quantization_hidden_dimension": s.code_width, "torch_dtype": "float16",
    }  # fmt: skip


def codec_from(folder):
    """The exported codec as a training model again: what `evaluate` judges."""
    folder = Path(folder)
    config, tensors = json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")
    sizes = mimi.Sizes(
        filters=config["num_filters"], width=config["hidden_size"], layers=config["num_hidden_layers"], heads=config["num_attention_heads"],
        mlp=config["intermediate_size"], window=config["sliding_window"], books=config["num_quantizers"], codes=config["codebook_size"],
        code_width=config["codebook_dim"], ratios=tuple(config["upsampling_ratios"]),
    )  # fmt: skip
    model = mimi.Mimi(sizes).eval()
    wanted = set(codec_tensors(model))
    if wanted != set(tensors):
        raise ValueError(f"keys differ: {sorted(wanted ^ set(tensors))[:4]}")
    with torch.no_grad():
        for key, value in codec_layers(model).items():
            value.copy_(tensors[key])
        for key, layer in codec_convs(model):
            layer.direction.copy_(tensors[f"{key}.weight"])
            layer.length.copy_(layer.direction.norm(dim=(1, 2), keepdim=True))
            if layer.bias is not None:
                layer.bias.copy_(tensors[f"{key}.bias"])
        for name, chain in codec_chains(model):
            chain.input_weight.copy_(tensors[f"{name}.input_proj.weight"][..., 0])
            chain.output_weight.copy_(tensors[f"{name}.output_proj.weight"][..., 0])
            for number, centroids in enumerate(chain.tables):
                centroids.copy_(tensors[f"{name}.vq.layers.{number}._codebook.embedding_sum"])
    return model


def llama_tensors(stack, prefix, out):
    for number, layer in enumerate(stack.layers):
        name = f"{prefix}.layers.{number}"
        for key, part in (("q_proj", layer.q), ("k_proj", layer.k), ("v_proj", layer.v), ("output_proj", layer.o)):
            out[f"{name}.attn.{key}.weight"] = part.weight
        for key, part in (("w1", layer.gate), ("w2", layer.down), ("w3", layer.up)):
            out[f"{name}.mlp.{key}.weight"] = part.weight
        out[f"{name}.sa_norm.scale"], out[f"{name}.mlp_norm.scale"] = layer.before.scale, layer.between.scale
    out[f"{prefix}.norm.scale"] = stack.norm.scale


def voice_tensors(model):
    out = {
        "text_embeddings.weight": model.text_embeddings.weight,
        "audio_embeddings.weight": model.audio_embeddings.weight,
        "projection.weight": model.projection.weight,
        "codebook0_head.weight": model.codebook0_head.weight,
        "audio_head": model.audio_head,
    }
    llama_tensors(model.backbone, "backbone", out)
    llama_tensors(model.decoder, "decoder", out)
    return out


def voice_config(s, special):
    def scaling(low, high, original):
        return {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": low, "high_freq_factor": high, "original_max_position_embeddings": original}

    shared = {
        "attention_bias": False, "attention_dropout": 0.0, "hidden_act": "silu", "head_dim": s.head_width, "mlp_bias": False,
        "num_codebooks": s.books, "rms_norm_eps": 1e-05, "rope_theta": 500000, "vocab_size": s.audio, "initializer_range": 0.02, "use_cache": True,
    }  # fmt: skip
    depth = {
        **shared, "model_type": "csm_depth_decoder_model", "backbone_hidden_size": s.width, "hidden_size": s.depth_width,
        "intermediate_size": s.depth_mlp, "max_position_embeddings": 33, "num_attention_heads": s.depth_heads,
        "num_hidden_layers": s.depth_layers, "num_key_value_heads": s.depth_kv, "rope_scaling": scaling(0.001953125, 0.0078125, 16),
    }  # fmt: skip
    return {
        "audio_num_codebooks": s.books, "audio_vocab_size": s.audio, "backbone_flavor": "llama-pocket", "decoder_flavor": "llama-pocket-depth",
        "text_vocab_size": s.text, "architectures": ["CsmForConditionalGeneration"], "model_type": "csm",
        "bos_token_id": special["<|begin_of_text|>"], "pad_token_id": special["<|AUDIO|>"], "audio_token_id": special["<|AUDIO|>"],
        "audio_eos_token_id": special["<|audio_eos|>"], "codebook_eos_token_id": 0, "codebook_pad_token_id": s.audio - 1,
        **shared, "hidden_size": s.width, "intermediate_size": s.mlp, "max_position_embeddings": 2048, "num_attention_heads": s.heads,
        "num_hidden_layers": s.layers, "num_key_value_heads": s.kv, "rope_scaling": scaling(0.125, 0.5, 1024),
        "depth_decoder_config": depth, "tie_codebooks_embeddings": True, "tie_word_embeddings": False, "torch_dtype": "bfloat16",
    }  # fmt: skip


def ear_tensors(model):
    """Step-Audio 2's names; what names phonemes stays behind."""
    out = {"encoder.positional_embedding.weight": model.encoder.positions}
    for name, value in model.encoder.named_parameters():
        out[f"encoder.{name}"] = value
    for name, value in model.adapter.named_parameters():
        out[f"adapter.{name}"] = value
    out["model.embed_tokens.weight"], out["lm_head.weight"] = model.embed.weight, model.lm_head.weight
    out["model.norm.weight"] = model.model.norm.scale
    for number, layer in enumerate(model.model.layers):
        name = f"model.layers.{number}"
        for key, part in (("q_proj", layer.q), ("k_proj", layer.k), ("v_proj", layer.v), ("o_proj", layer.o)):
            out[f"{name}.self_attn.{key}.weight"] = part.weight
            if part.bias is not None:
                out[f"{name}.self_attn.{key}.bias"] = part.bias
        for key, part in (("gate_proj", layer.gate), ("up_proj", layer.up), ("down_proj", layer.down)):
            out[f"{name}.mlp.{key}.weight"] = part.weight
        out[f"{name}.input_layernorm.weight"] = layer.before.scale
        out[f"{name}.post_attention_layernorm.weight"] = layer.between.scale
    return out


def ear_config(s, special):
    return {
        "architectures": ["StepAudio2ForCausalLM"], "model_type": "step_audio_2",
        "text_config": {
            "hidden_size": s.width, "intermediate_size": s.mlp, "num_attention_heads": s.llm_heads, "num_attention_groups": s.llm_kv,
            "num_key_value_heads": s.llm_kv, "num_hidden_layers": s.llm_layers, "max_seq_len": 1024, "vocab_size": s.vocabulary,
            "rms_norm_eps": 1e-06, "eos_token_id": special["<|EOT|>"], "pad_token_id": special["<|endoftext|>"], "rope_theta": s.rope,
            "max_position_embeddings": 1024, "rope_scaling": None, "torch_dtype": "bfloat16",
        },
        "audio_encoder_config": {
            "n_mels": 128, "n_audio_ctx": s.context, "n_audio_state": s.state, "n_audio_head": s.heads, "n_audio_layer": s.layers,
            "n_codebook_size": 4096, "llm_dim": s.width, "kernel_size": 3, "adapter_stride": 2,
        },
    }  # fmt: skip


def ear_from(folder, phones=step_audio.Sizes.phones):
    """The exported ear as a training model again (what names its `phones` phonemes is fresh: it was not exported)."""
    folder = Path(folder)
    config, tensors = json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")
    text, sound = config["text_config"], config["audio_encoder_config"]
    sizes = step_audio.Sizes(
        state=sound["n_audio_state"], heads=sound["n_audio_head"], layers=sound["n_audio_layer"], context=sound["n_audio_ctx"],
        adapter=tensors["adapter.linear1.bias"].shape[0], width=text["hidden_size"], llm_heads=text["num_attention_heads"],
        llm_kv=text["num_key_value_heads"], llm_layers=text["num_hidden_layers"], mlp=text["intermediate_size"], rope=text["rope_theta"],
        vocabulary=text["vocab_size"], phones=phones,
    )  # fmt: skip
    return fill(step_audio.Ear(sizes), ear_tensors, tensors)


def voice_from(folder):
    folder = Path(folder)
    c, tensors = json.loads((folder / "config.json").read_text()), load_file(folder / "model.safetensors")
    d = c["depth_decoder_config"]
    sizes = csm.Sizes(
        layers=c["num_hidden_layers"], width=c["hidden_size"], heads=c["num_attention_heads"], kv=c["num_key_value_heads"],
        mlp=c["intermediate_size"], depth_layers=d["num_hidden_layers"], depth_width=d["hidden_size"], depth_heads=d["num_attention_heads"],
        depth_kv=d["num_key_value_heads"], depth_mlp=d["intermediate_size"], head_width=c["head_dim"], books=c["audio_num_codebooks"],
        audio=c["audio_vocab_size"], text=c["text_vocab_size"],
    )  # fmt: skip
    return fill(csm.Voice(sizes), voice_tensors, tensors)


def fill(model, names, tensors):
    targets = names(model)
    if set(targets) != set(tensors):
        raise ValueError(f"keys differ: {sorted(set(targets) ^ set(tensors))[:4]}")
    with torch.no_grad():
        for key, value in targets.items():
            value.copy_(tensors[key])
    return model.eval()


def write(folder, tensors, config, about, content=None, dtype=None):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {k: (v.detach().cpu().to(dtype) if dtype else v).contiguous() for k, v in tensors.items()}
    for key, value in tensors.items():
        if not torch.isfinite(value.float()).all():
            raise SystemExit(f"{key} holds values that are not finite")
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "training.json").write_text(json.dumps(about, indent=2) + "\n")
    if content:
        (folder / "tokenizer.json").write_text(tokens.dump(content) + "\n")
        special, _ = tokens.ids_of(content)
        names = {"bos_token": "<|begin_of_text|>", "eos_token": "<|end_of_text|>"} if "<|AUDIO|>" in special else {"eos_token": "<|EOT|>", "pad_token": "<|endoftext|>"}
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **names}, indent=2) + "\n")
    return (folder / "model.safetensors").stat().st_size


def sharpen(model, factor):
    with torch.no_grad():
        model.codebook0_head.weight *= factor
        model.audio_head *= factor


def voice_to_train(folder):
    """The exported voice as it was before export sharpened it."""
    model = voice_from(folder)
    sharpen(model, 1 / SHARPER)
    return model.train()


def export(part, run, out):
    """Write the averaged weights of the run folder `run` to `out`. Returns the size of the weights in bytes."""
    state = checkpoint(run)
    about = {"part": part, "steps": state["step"], "training_seconds": round(state["spent"]), "sizes": {k: list(v) if isinstance(v, tuple) else v for k, v in state["sizes"].items()}}
    if part == "codec":
        model = trained_codec(run)
        return write(out, codec_tensors(model), codec_config(model.sizes), about)
    if part == "voice":
        model = csm.Voice(csm.Sizes(**state["sizes"]))
        model.load_state_dict(state["average"])
        # Drawn at the default temperature of 0.9 a small voice says too much that is merely possible.
        sharpen(model, SHARPER)
        content = tokens.voice()
        return write(out, voice_tensors(model), voice_config(model.sizes, tokens.ids_of(content)[0]), about, content, torch.bfloat16)
    model = step_audio.Ear(step_audio.Sizes(**state["sizes"]))
    model.load_state_dict(state["average"])
    content = tokens.ear()
    return write(out, ear_tensors(model), ear_config(model.sizes, tokens.ids_of(content)[0]), about, content, torch.bfloat16)


def main(argv):
    parser = argparse.ArgumentParser(prog="python -m training export")
    parser.add_argument("part", choices=["codec", "voice", "ear"])
    parser.add_argument("--runs", default=default_runs())
    parser.add_argument("--name", help="run folder inside --runs (default: the part's name)")
    parser.add_argument("--out", help="default models/pocket/PART")
    args = parser.parse_args(argv)
    out = Path(args.out or HERE.parent / "models" / "pocket" / args.part)
    size = export(args.part, Path(args.runs) / (args.name or args.part), out)
    print(json.dumps({"out": str(out), "bytes": size}))
