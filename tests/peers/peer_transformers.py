"""transformers: its CSM modules with their caches, one frame at a time without generate(), and its Mimi decoder."""

import torch
import transformers
from safetensors import safe_open
from transformers import CsmConfig, CsmDepthDecoderConfig, DynamicCache, MimiConfig, MimiModel
from transformers.models.csm.modeling_csm import CsmBackboneModel, CsmDepthDecoderForCausalLM

import common


def half_split(weight, heads):
    """Rows of a query or key projection from interleaved rotary order to transformers' halves."""
    rows, columns = weight.shape
    return weight.view(heads, rows // heads // 2, 2, columns).transpose(1, 2).reshape(rows, columns)


def rope(part):
    """Llama-3 scaling in the numbers that its formula wants, whatever the number of positions."""
    return part["rope_scaling"] | {"rope_theta": part["rope_theta"]}


class Model:
    def __init__(self, folder, shape):
        depth = dict(shape["depth_decoder_config"])
        depth["rope_parameters"] = rope(depth)
        for key in ("rope_scaling", "rope_theta", "model_type"):
            depth.pop(key)
        part = dict(shape, rope_parameters=rope(shape))
        for key in ("rope_scaling", "rope_theta", "model_type", "depth_decoder_config"):
            part.pop(key)
        small = CsmDepthDecoderConfig(**depth)
        self.config = CsmConfig(depth_decoder_config=small, **part)
        with safe_open(folder / "model.safetensors", framework="pt") as file:
            # Copies: pages of a mapped file are small and would be slower to read.
            w = {common.plain(k): file.get_tensor(k).clone() for k in file.keys()}
        for name in list(w):
            if name.endswith(("q_proj.weight", "k_proj.weight")):
                c = self.config if name.startswith("backbone") else small
                heads = c.num_attention_heads if "q_proj" in name else c.num_key_value_heads
                w[name] = half_split(w[name], heads)
        audio = w.pop("audio_embeddings.weight")
        backbone = {"embed_tokens.embed_audio_tokens.weight": audio}
        decoder = {
            "model.embed_tokens.weight": audio,
            "model.inputs_embeds_projector.weight": w.pop("projection.weight"),
            "codebooks_head.weight": w.pop("audio_head"),
        }
        self.text, self.head = w.pop("text_embeddings.weight"), w.pop("codebook0_head.weight")
        for name, tensor in w.items():
            first, rest = name.split(".", 1)
            if first == "backbone":
                backbone[rest] = tensor
            else:
                decoder["model." + rest] = tensor
        self.backbone = filled(CsmBackboneModel, self.config, backbone)
        self.depth = filled(CsmDepthDecoderForCausalLM, small, decoder)


def filled(kind, config, weights):
    """A module that holds these very tensors; nothing may be missing or left over."""
    with torch.device("meta"):
        module = kind(config)
    module.load_state_dict(weights, strict=True, assign=True)
    for part in module.modules():  # what no file holds: rotary frequencies, offsets
        if hasattr(part, "inv_freq"):
            part.__init__(part.config)
        if hasattr(part, "audio_tokens_offsets"):
            part.audio_tokens_offsets = torch.arange(config.num_codebooks) * config.vocab_size
    left = [n for n, t in (*module.named_parameters(), *module.named_buffers()) if t.is_meta]
    assert not left, f"never filled: {left}"
    return module.eval()


def sample(logits):
    """Temperature, top-k and the draw as transformers' own processors do them."""
    logits = logits.float() / common.TEMPERATURE
    least = torch.topk(logits, common.TOP_K).values[..., -1, None]
    probabilities = torch.softmax(logits.masked_fill(logits < least, -float("inf")), dim=-1)
    return torch.multinomial(probabilities, num_samples=1)


def greedy(logits):
    return logits.argmax(dim=-1, keepdim=True)


class Speaker:
    def __init__(self, model, shape, pick):
        self.model, self.pick = model, pick
        self.codebooks = shape["audio_num_codebooks"]
        self.cache = DynamicCache(config=model.config)
        ids = torch.tensor([common.prompt_ids(shape)])
        self.row = {"inputs_embeds": torch.nn.functional.embedding(ids, model.text)}

    def step(self):
        m = self.model
        out = m.backbone(**self.row, past_key_values=self.cache, use_cache=True)
        last = out.last_hidden_state[:, -1]
        code = self.pick(torch.nn.functional.linear(last, m.head))
        codes = [code]
        cache = DynamicCache(config=m.depth.config)
        ids, hidden = torch.nn.functional.pad(code, (1, 0)), last
        for _ in range(1, self.codebooks):
            out = m.depth(
                input_ids=ids,
                backbone_last_hidden_state=hidden,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=1,
            )
            ids, hidden = self.pick(out.logits[:, -1]), None
            codes.append(ids)
        frame = torch.cat(codes, dim=1)
        (frame == 0).all().item()  # end of speech?
        self.row = {"input_ids": frame[:, None]}
        return frame


def mimi(codebooks):
    model = MimiModel(MimiConfig(num_quantizers=codebooks)).eval()
    for name, buffer in model.quantizer.named_buffers():
        if name.endswith("embed_sum"):
            buffer.normal_(std=0.02)
    return model


def decoder(model, codebooks, frames):
    """Its K/V cache streams, its convolutions do not: the sound would click between calls. Only the time is of use."""
    cache = DynamicCache(config=model.config)
    codes = torch.randint(0, 2048, (1, codebooks, frames))
    return lambda: model.decode(codes, decoder_past_key_values=cache)


@torch.inference_mode()
def main():
    args = common.arguments()
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()  # token ids of the text model, which is not here
    shape = common.config(args.model)
    codebooks = shape["audio_num_codebooks"]
    model = Model(args.model, shape)
    first = Speaker(model, shape, greedy).step()[0].tolist()
    times = {common.SPEAK: common.measure(args.frames, Speaker(model, shape, sample).step)}
    codec = mimi(codebooks)
    times[common.DECODE] = common.measure(args.frames, decoder(codec, codebooks, 1))
    times[common.DECODE_8] = common.measure(
        max(args.frames, 3 * common.CHUNK), decoder(codec, codebooks, common.CHUNK), common.CHUNK
    )
    versions = {"transformers": transformers.__version__, "torch": torch.__version__}
    common.report(times, versions, first)


main()
