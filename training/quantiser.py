"""The split residual quantiser: one codebook beside a chain of residual ones, both on the same latent.

Owns: codebooks as running means (embedding_sum / cluster_usage, the genuine form), their start from data, the reseeding of dead
codes, and dropping of the later books during training. Promises: `encode` and `decode` are exactly what an exported codec does.
Fails: used before `start` in training it quantises with random vectors; the trainer starts it from encoded speech.

Code 0 is kept free. CSM marks the end of an utterance by a frame whose codes are all zero; with code 0 never chosen by the
encoder, no real frame can look like that one. The last dimension of the code space is a guard: both projections leave it out,
every used centroid has 0 there and code 0 has FAR. So code 0 is never the nearest, and decoding it by mistake adds nothing.
"""

import torch
import torch.nn.functional as F
from torch import nn

# |x|^2 of a latent stays well below FAR^2, and FAR^2 still fits f16.
FAR = 100.0


class Book(nn.Module):
    def __init__(self, codes, width, decay=0.99):
        super().__init__()
        self.decay = decay
        self.register_buffer("embedding_sum", torch.randn(codes, width))
        self.register_buffer("cluster_usage", torch.ones(codes))
        self.register_buffer("idle", torch.zeros(codes))
        self.free()

    def free(self):
        self.embedding_sum[:, -1] = 0.0
        self.embedding_sum[0] = 0.0
        self.embedding_sum[0, -1] = FAR
        self.cluster_usage[0] = 1.0

    def table(self):
        return self.embedding_sum / self.cluster_usage.clamp(min=1e-5)[:, None]

    def nearest(self, x, table):
        return (0.5 * table.pow(2).sum(-1) - x @ table.T).argmin(-1)

    @torch.no_grad()
    def start(self, x):
        """A few rounds of k-means on vectors (n, width)."""
        count = len(self.cluster_usage)
        table = x[torch.randint(len(x), (count,), device=x.device)].clone()
        table += 0.01 * x.std() * torch.randn_like(table)
        for _ in range(12):
            where = self.nearest(x, table)
            usage = torch.zeros(count, device=x.device).index_add_(0, where, torch.ones(len(x), device=x.device))
            sums = torch.zeros_like(table).index_add_(0, where, x)
            table = torch.where(usage[:, None] > 0, sums / usage.clamp(min=1)[:, None], table)
            empty = (usage == 0).nonzero()[:, 0]
            if len(empty):
                table[empty] = x[torch.randint(len(x), (len(empty),), device=x.device)]
        # A chosen code needs a mean, not a sum: usage is set to one for all, so that both decay alike from here.
        self.embedding_sum.copy_(table)
        self.cluster_usage.fill_(1.0)
        self.idle.zero_()
        self.free()
        return table

    @torch.no_grad()
    def learn(self, x, where):
        """Move the running means towards this batch and reseed codes that nothing has chosen for a while."""
        count = len(self.cluster_usage)
        usage = torch.zeros(count, device=x.device).index_add_(0, where, torch.ones(len(x), device=x.device))
        sums = torch.zeros_like(self.embedding_sum).index_add_(0, where, x)
        # A code that is absent keeps its centroid: both halves decay alike, so the quotient stays.
        self.embedding_sum.mul_(self.decay).add_(sums, alpha=1 - self.decay)
        self.cluster_usage.mul_(self.decay).add_(usage, alpha=1 - self.decay)
        self.idle = torch.where(usage > 0, torch.zeros_like(self.idle), self.idle + 1)
        self.idle[0] = 0
        dead = (self.idle > 400).nonzero()[:, 0]
        if len(dead):
            table = x[torch.randint(len(x), (len(dead),), device=x.device)]
            weight = self.cluster_usage.median().clamp(min=1e-2)
            self.embedding_sum[dead] = table * weight
            self.cluster_usage[dead] = weight
            self.idle[dead] = 0
        # Keeps the quotient of rarely chosen codes away from the clamp at 1e-5.
        low = self.cluster_usage < 1e-3
        if low.any():
            self.embedding_sum[low] *= 10.0
            self.cluster_usage[low] *= 10.0
        self.free()


class Chain(nn.Module):
    """Residual books behind one projection in and one out."""

    def __init__(self, width, code_width, books, codes):
        super().__init__()
        self.input_weight = nn.Parameter(torch.randn(code_width, width) / width**0.5)
        self.output_weight = nn.Parameter(torch.randn(width, code_width) / code_width**0.5)
        guard = torch.ones(code_width)
        guard[-1] = 0.0
        self.register_buffer("guard", guard, persistent=False)
        self.books = nn.ModuleList([Book(codes, code_width) for _ in range(books)])

    def input_proj(self, x):
        return x @ (self.input_weight * self.guard[:, None]).T

    def output_proj(self, x):
        return x @ (self.output_weight * self.guard).T

    def start(self, latent):
        left = self.input_proj(latent)
        for book in self.books:
            table = book.start(left)
            left = left - book.table()[book.nearest(left, book.table())]

    def forward(self, latent, keep):
        """latent (n, width), keep (n,) = how many books of this chain count for each row. Returns output, commitment loss, codes."""
        x = self.input_proj(latent)
        left, total, loss, codes = x.detach(), torch.zeros_like(x), 0.0, []
        for number, book in enumerate(self.books):
            table = book.table()
            where = book.nearest(left, table)
            chosen = table[where]
            used = (number < keep)[:, None]
            if self.training:
                live = used[:, 0]
                book.learn(left[live], where[live])
            total = total + chosen * used
            left = left - chosen
            codes.append(where)
            loss = loss + (F.mse_loss(x, total, reduction="none").mean(-1) * used[:, 0]).mean()
        straight = x + (total - x).detach() * (keep > 0)[:, None]
        return self.output_proj(straight), loss / len(self.books) / x.detach().pow(2).mean().clamp(min=1e-4), torch.stack(codes)

    def encode(self, latent):
        left, codes = self.input_proj(latent), []
        for book in self.books:
            table = book.table()
            where = book.nearest(left, table)
            left = left - table[where]
            codes.append(where)
        return codes

    def decode(self, codes):
        return self.output_proj(sum(book.table()[c] for book, c in zip(self.books, codes)))


class Split(nn.Module):
    def __init__(self, width, code_width, books, codes):
        super().__init__()
        self.first = Chain(width, code_width, 1, codes)
        self.rest = Chain(width, code_width, books - 1, codes)

    @torch.no_grad()
    def start(self, latent):
        flat = latent.float().transpose(1, 2).flatten(0, 1)
        self.first.start(flat)
        self.rest.start(flat)

    def forward(self, latent, keep, bypass=0.0):
        """latent (b, width, frames); keep (b,) books per clip; `bypass` = share of clips that skip quantising (a gentle start)."""
        batch, _, frames = latent.shape
        flat = latent.float().transpose(1, 2).reshape(batch * frames, -1)
        keep = keep.repeat_interleave(frames)
        one, loss1, codes1 = self.first(flat, keep.clamp(max=1))
        many, loss2, codes2 = self.rest(flat, keep - 1)
        out = one + many
        if bypass:
            clean = self.first.output_proj(self.first.input_proj(flat)) + self.rest.output_proj(self.rest.input_proj(flat))
            skip = (torch.rand(batch, device=latent.device) < bypass).repeat_interleave(frames)[:, None]
            out = torch.where(skip, clean, out)
        codes = torch.cat([codes1, codes2]).view(-1, batch, frames).transpose(0, 1)
        return out.view(batch, frames, -1).transpose(1, 2), loss1 + loss2, codes

    def clean(self, latent):
        """The same way through the projections without quantising: the auto-encoder stage."""
        flat = latent.transpose(1, 2)
        out = self.first.output_proj(self.first.input_proj(flat)) + self.rest.output_proj(self.rest.input_proj(flat))
        return out.transpose(1, 2)

    def encode(self, latent):
        batch, _, frames = latent.shape
        flat = latent.transpose(1, 2).reshape(batch * frames, -1)
        return torch.stack(self.first.encode(flat) + self.rest.encode(flat)).view(-1, batch, frames).transpose(0, 1)

    def decode(self, codes):
        batch, _, frames = codes.shape
        flat = codes.transpose(0, 1).reshape(codes.shape[1], -1)
        out = self.first.decode(flat[:1]) + self.rest.decode(flat[1:])
        return out.view(batch, frames, -1).transpose(1, 2)
