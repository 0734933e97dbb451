"""Where the codec starts from: a linear transform coder instead of noise.

Owns: weights that make the untrained codec pass the lowest 126 cosine coefficients of every 80 ms (up to about 800 Hz) straight
through, beside random features for training to use. Promises: sizes are respected, every other weight stays random. Why: a
network of thirty layers that starts at random takes thousands of steps before a single cycle of the voice comes out in
phase, and until then the cheapest answer to any waveform loss is silence. From here pitch and pulses are right at
step 0, and training adds what lies above and learns to say it in few bits. ELU has slope 1 at zero on both sides, so small signals
pass it nearly unchanged.
"""

import math

import torch

from .mimi import Conv, Residual

# Keeps cosine coefficients (which gather energy) about as small as samples, where ELU is nearly straight.
SHRINK = 0.3


def put(layer, wanted, used):
    """Overwrite a convolution with `wanted`; rows of dim 0 not `used` keep their random direction, but ignore used inputs nowhere."""
    size = layer.direction[0].numel()
    norms = wanted.norm(dim=(1, 2), keepdim=True)
    # The direction's own length sets how fast it turns under Adam: that of a random one.
    layer.direction.data[:used] = wanted[:used] / norms[:used] * 0.1 * math.sqrt(size)
    layer.length.data[:used] = norms[:used]


def cosines(size, count):
    """The lowest `count` rows of the orthonormal DCT-II of `size` samples."""
    place = (torch.arange(size, dtype=torch.float64) + 0.5) / size
    rows = torch.cos(math.pi * torch.arange(count, dtype=torch.float64)[:, None] * place) * math.sqrt(2 / size)
    rows[0] /= math.sqrt(2)
    return rows.float()


@torch.no_grad()
def linear(model):
    sizes = model.sizes
    half = sizes.width // 2
    ratios = list(reversed(sizes.ratios))
    encoder = [layer for layer in model.encoder.model if isinstance(layer, Conv)]
    decoder = [layer for layer in model.decoder.model if isinstance(layer, Conv)]
    for network in (model.encoder.model, model.decoder.model):
        for layer in network:
            if isinstance(layer, Residual):
                layer.back.length *= 0.02
    for network in (model.encoder_transformer, model.decoder_transformer):
        for layer in network.layers:
            layer.scale1.scale.fill_(0.01)
            layer.scale2.scale.fill_(0.01)

    # Encoder: samples move into channels unchanged until the last strided convolution, which takes the cosines.
    first = torch.zeros_like(encoder[0].direction)
    first[0, 0, -1] = 1.0
    put(encoder[0], first, 1)
    held = 1
    for layer, ratio in zip(encoder[1:-2], ratios[:-1]):
        move = torch.zeros_like(layer.direction)
        for tap in range(ratio):
            for channel in range(held):
                move[tap * held + channel, channel, ratio + tap] = 1.0
        held *= ratio
        put(layer, move, held)
    ratio, strided = ratios[-1], encoder[-2]
    count = min(len(strided.direction), held * ratio)
    table = cosines(held * ratio, count) * SHRINK
    move = torch.zeros_like(strided.direction)
    move[:count, :held, ratio:] = table.view(count, ratio, held).transpose(1, 2)
    put(strided, move, count)
    last = torch.zeros_like(encoder[-1].direction)
    for j in range(half):
        last[j, j, -1] = 1.0
    put(encoder[-1], last, half)
    down = torch.zeros_like(model.downsample.direction)
    for j in range(half):
        down[j, j, 2] = down[half + j, j, 3] = 1.0
    put(model.downsample, down, 2 * half)

    # The chain of residual books gets the lowest coefficients of both halves, the single book the ones above.
    order = [x for j in range(half) for x in (j, half + j)]
    inner = sizes.code_width - 1
    for chain, picked in ((model.quantiser.rest, order[:inner]), (model.quantiser.first, order[inner : 2 * inner])):
        chain.input_weight.normal_(0, 1e-3)
        chain.output_weight.normal_(0, 1e-3)
        for row, channel in enumerate(picked):
            chain.input_weight[row, channel] = chain.output_weight[channel, row] = 1.0

    # Decoder: the same way back.
    up = torch.zeros_like(model.upsample.direction)
    up[:half, 0, 0] = up[half:, 0, 1] = 1.0
    put(model.upsample, up + 1e-3 * torch.randn_like(up), 2 * half)
    join = torch.zeros_like(decoder[0].direction)
    for j in range(half):
        join[j, j, -1] = join[j, half + j, -1] = 1.0
    put(decoder[0], join, half)
    move = torch.zeros_like(decoder[1].direction)
    move[:half, :held, :ratio] = (table[:half] / SHRINK**2).view(half, ratio, held).transpose(1, 2)
    put(decoder[1], move, half)
    for layer, ratio in zip(decoder[2:-1], reversed(ratios[:-1])):
        below = held // ratio
        move = torch.zeros_like(layer.direction)
        for tap in range(ratio):
            for channel in range(below):
                move[tap * below + channel, channel, tap] = 1.0
        put(layer, move, held)
        # Random features must not yet speak through the channels that carry samples.
        layer.direction[held:, :below] *= 0.003
        held = below
    # The first transposed convolution's random rows likewise.
    decoder[1].direction[half:, : ratios[0] * ratios[1] * ratios[2]] *= 0.003
    pick = torch.zeros_like(decoder[-1].direction)
    pick[0, 0, -1] = 1.0
    put(decoder[-1], pick + 1e-3 * torch.randn_like(pick), 1)
