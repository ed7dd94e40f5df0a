"""Lets Lightning make modules with Debian's build of torch 1.13, importing which has this effect.

Lightning registers hooks of sharded tensors with such an old torch, which Python 3.11 cannot load: their dataclasses
have defaults that it refuses. Nothing here shards a tensor.
"""

from lightning.pytorch import LightningModule

LightningModule._register_sharded_tensor_state_dict_hooks_if_available = lambda _: None
