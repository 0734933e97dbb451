"""Where the codec starts from: a transform coder whose transform and codebooks are computed from speech.

Owns: the whole encoder and quantiser, which need no training after this, and a decoder that begins as their linear inverse.
Promises: sizes are respected; the encoder's arithmetic is exact (every value that passes an ELU on its way is positive there), so its
codes depend on nothing but the samples of a frame. How: the pulses of the pocket voices sit on the frame grid, so blocks of 40 ms
lie close to a space of few dimensions. The encoder projects every block on its 61 principal components, two blocks make a frame, and the
chain of seven books quantises the best 60 directions of those 122 numbers. Hiss has no waveform worth keeping: beside it the
encoder measures the loudness of three high bands in each block, and the single book quantises these six numbers.
"""

import math

import torch

from .mimi import FRAME, RATE, Conv, Residual

BLOCK = FRAME // 2
COMPONENTS, DIRECTIONS = 61, 60
# Centres in Hz of the bands of hiss, and how loud (as rectified samples) is half-way to full scale in the compressed measure.
BANDS = (3_300.0, 6_000.0, 9_500.0)
GAIN, HALF_WAY = 400.0, 0.01
# Added to components so that they pass an ELU; louder than any component of a full-scale block in speech.
LIFT = 32.0
# Decoders carry components and samples this small, where ELU is nearly straight.
SMALL, SAMPLES = 0.03, 0.2


def fix(layer, weight, bias=None):
    """Make a convolution compute exactly this, as f16 will store it."""
    weight = weight.half().float()
    norms = weight.norm(dim=(1, 2), keepdim=True)
    layer.direction.data = torch.where(norms > 0, weight, layer.direction.data)
    layer.length.data = norms
    if layer.bias is not None:
        layer.bias.data = (torch.zeros_like(layer.bias) if bias is None else bias).half().float()


def put(layer, wanted, used):
    """Overwrite the first `used` rows (dim 0) of a convolution that goes on learning from here."""
    size = layer.direction[0].numel()
    norms = wanted.norm(dim=(1, 2), keepdim=True)
    # The direction's own length sets how fast it turns under Adam: that of a random one.
    layer.direction.data[:used] = wanted[:used] / norms[:used] * 0.1 * math.sqrt(size)
    layer.length.data[:used] = norms[:used]


def principal(x, count):
    """The first `count` principal directions (uncentred) of rows x (n, width), as columns."""
    _, vectors = torch.linalg.eigh((x.T @ x).double())
    return vectors.flip(1)[:, :count].float().contiguous()


@torch.no_grad()
def encoder(model, basis):
    """Samples move into channels unchanged until the last strided convolution, which projects on `basis` (BLOCK, COMPONENTS)."""
    convs = [layer for layer in model.encoder.model if isinstance(layer, Conv)]
    for layer in model.encoder.model:
        if isinstance(layer, Residual):
            fix(layer.back, torch.zeros_like(layer.back.direction))
    for layer in model.encoder_transformer.layers:
        layer.scale1.scale.zero_()
        layer.scale2.scale.zero_()
    ratios, bands = list(reversed(model.sizes.ratios)), len(BANDS)
    weight, bias = torch.zeros_like(convs[0].direction), torch.zeros_like(convs[0].bias)
    weight[0, 0, -1], bias[0] = 1.0, 1.0
    taps = torch.arange(7) - 3
    for band, centre in enumerate(BANDS):
        tone = torch.cos(2 * math.pi * centre / RATE * taps) * torch.hann_window(9, periodic=False)[1:-1]
        tone = tone - tone.mean() * (centre < 4_000)
        tone = tone * GAIN / tone.abs().sum()
        # Both signs: ELU(z) + ELU(-z) is |z| - 1 for what is loud, and never negative.
        weight[1 + 2 * band, 0], weight[2 + 2 * band, 0] = tone, -tone
    fix(convs[0], weight, bias)
    held, sums = 1, [(1 + 2 * band, 2 + 2 * band) for band in range(bands)]
    for layer, ratio in zip(convs[1:-2], ratios[:-1]):
        weight = torch.zeros_like(layer.direction)
        for tap in range(ratio):
            for channel in range(held):
                weight[tap * held + channel, channel, ratio + tap] = 1.0
        held *= ratio
        for band, channels in enumerate(sums):
            for channel in channels:
                weight[held + band, channel, ratio:] = 1.0 / ratio
        sums = [(held + band,) for band in range(bands)]
        fix(layer, weight)
    ratio, layer = ratios[-1], convs[-2]
    weight, bias = torch.zeros_like(layer.direction), torch.zeros_like(layer.bias)
    weight[:COMPONENTS, :held, ratio:] = basis.T.reshape(COMPONENTS, ratio, held).transpose(1, 2)
    bias[:COMPONENTS] = LIFT - basis.sum(0)
    for band, (channel,) in enumerate(sums):
        # ELU(-x) is exp(-x) - 1: it compresses, as hearing does.
        weight[COMPONENTS + band, channel, ratio:] = -math.log(2) / (GAIN * HALF_WAY) / ratio
    fix(layer, weight, bias)
    weight, bias = torch.zeros_like(convs[-1].direction), torch.zeros_like(convs[-1].bias)
    for j in range(COMPONENTS + bands):
        weight[j, j, -1] = 1.0 if j < COMPONENTS else -1.0
    bias[:COMPONENTS] = -LIFT
    fix(convs[-1], weight, bias)
    half = model.sizes.width // 2
    weight = torch.zeros_like(model.downsample.direction)
    for j in range(half):
        weight[j, j, 2] = weight[half + j, j, 3] = 1.0
    fix(model.downsample, weight)


@torch.no_grad()
def quantiser(model, latent):
    """Projections and codebooks from latents (n, width)."""
    half, first, rest = model.sizes.width // 2, model.quantiser.first, model.quantiser.rest
    places = [side + j for side in (0, half) for j in range(COMPONENTS)]
    loud = [side + COMPONENTS + band for side in (0, half) for band in range(len(BANDS))]
    turn = principal(latent[:, places], DIRECTIONS)
    for chain in (first, rest):
        chain.input_weight.zero_()
        chain.output_weight.zero_()
    rest.input_weight[:DIRECTIONS, places] = turn.T.half().float()
    rest.output_weight[places, :DIRECTIONS] = turn
    for row, place in enumerate(loud):
        first.input_weight[row, place] = first.output_weight[place, row] = 1.0
    model.quantiser.start(latent)


@torch.no_grad()
def decoder(model, basis):
    """The same way back, with random features beside it for training to use."""
    sizes, half = model.sizes, model.sizes.width // 2
    convs = [layer for layer in model.decoder.model if isinstance(layer, Conv)]
    for layer in model.decoder.model:
        if isinstance(layer, Residual):
            layer.back.length *= 0.002
    for layer in model.decoder_transformer.layers:
        layer.scale1.scale.fill_(0.01)
        layer.scale2.scale.fill_(0.01)
    up = torch.zeros_like(model.upsample.direction)
    up[:half, 0, 0] = up[half:, 0, 1] = 1.0
    put(model.upsample, up + 1e-3 * torch.randn_like(up), 2 * half)
    join = torch.zeros_like(convs[0].direction)
    for j in range(COMPONENTS):
        join[j, j, -1] = join[j, half + j, -1] = SMALL
    put(convs[0], join, COMPONENTS)
    held = BLOCK // sizes.ratios[0]
    move = torch.zeros_like(convs[1].direction)
    move[:COMPONENTS, :held, : sizes.ratios[0]] = basis.T.reshape(COMPONENTS, sizes.ratios[0], held).transpose(1, 2) * SAMPLES / SMALL
    put(convs[1], move, COMPONENTS)
    # Random features must not yet speak through the channels that carry samples.
    convs[1].direction[COMPONENTS:, :held] *= 0.0005
    for layer, ratio in zip(convs[2:-1], sizes.ratios[1:]):
        below = held // ratio
        move = torch.zeros_like(layer.direction)
        for tap in range(ratio):
            for channel in range(below):
                move[tap * below + channel, channel, tap] = 1.0
        put(layer, move, held)
        layer.direction[held:, :below] *= 0.0005
        held = below
    pick = torch.zeros_like(convs[-1].direction)
    pick[0, 0, -1] = 1.0 / SAMPLES
    put(convs[-1], pick + 1e-4 * torch.randn_like(pick), 1)


@torch.no_grad()
def compute(model, sounds):
    """Everything from a list of waveforms (f32, whole frames)."""
    basis = principal(torch.cat([torch.from_numpy(x).view(-1, BLOCK) for x in sounds]), COMPONENTS)
    encoder(model, basis)
    decoder(model, basis)
    latents = [model.latent(torch.from_numpy(x)[None, None])[0].T for x in sounds]
    quantiser(model, torch.cat(latents))
