"""The net behind the notes: how far it looks, and along what."""

from __future__ import annotations

import pytest
import torch

from unisono.towers.notes_net import NotesNet, NotesShape

SHAPE = NotesShape(((2, 2), (2, 2)), (4, 8), (0, 1), 12, (1, 2), staff_dilations=(2, 6))


def net(shape: NotesShape = SHAPE, *, stirred: bool = False) -> NotesNet:
    """With weights of a seed; stirred, so that layers that start as nothing do something."""
    torch.manual_seed(0)
    made = NotesNet(1, 32, shape, 6).eval()
    if stirred:
        for block in made.staves:
            torch.nn.init.normal_(block.body[1].weight)
    return made


def test_layers_along_staves_start_as_nothing() -> None:
    looking, image = net(), torch.rand(2, 1, 32, 64)
    with torch.no_grad():
        plain = looking.collapse(looking.trunk(image)).squeeze(2)
        torch.testing.assert_close(looking.near(image), plain)


@pytest.mark.parametrize("shape", [SHAPE, NotesShape(((2, 2),), (4,), (1,), 8, (1, 4))])
def test_nothing_beyond_the_reach_is_seen(shape: NotesShape) -> None:
    looking = net(shape, stirred=True)
    image = torch.rand(1, 1, 32, 512)
    changed = image.clone()
    changed[..., 256] += 1
    with torch.no_grad():
        moved = (looking(changed) - looking(image)).abs().amax(dim=(0, 1)) > 1e-6
    columns = torch.nonzero(moved).flatten() * shape.column_stride
    assert len(columns) > 1
    assert int((columns - 256).abs().max()) <= shape.reach + shape.column_stride


def test_a_staff_tells_its_columns_what_stands_on_it_at_the_height_of_it() -> None:
    looking = net(stirred=True)
    blank, marked = torch.zeros(1, 1, 32, 128), torch.zeros(1, 1, 32, 128)
    marked[0, 0, 8, 40] = 1  # as a clef
    with torch.no_grad():
        change = looking.staves(looking.trunk(marked)) - looking.staves(looking.trunk(blank))
    rows, columns = torch.nonzero(change[0].abs().amax(0) > 1e-6, as_tuple=True)
    assert int(columns.max()) - 40 // 4 >= 2 + 6
    # each layer may also see the row above and below
    assert int((rows - 8 // 4).abs().max()) <= 2 + 1 + 2 + 2
    with torch.no_grad():
        before = looking.trunk(marked) - looking.trunk(blank)
    assert int(torch.nonzero(before[0].abs().amax(0) > 1e-6)[:, 1].max()) < int(columns.max())
