"""The names of torch's operations: which are products, and which hold none."""

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

CONVOLUTIONS: Final = frozenset(
    (
        *(f"{stem}{axes}d" for stem in ("conv", "conv_transpose") for axes in (1, 2, 3)),
        *("_convolution", "_slow_conv2d_forward", "convolution", "convolution_overrideable"),
        *("cudnn_convolution", "mkldnn_convolution"),
    )
)
#: The operands of matrix products, by torch's names.
PRODUCTS: Final = {
    "_int_mm": ("self", "mat2"),
    "_scaled_mm": ("self", "mat2"),
    "_weight_int8pack_mm": ("self", "mat2"),
    "addbmm": ("batch1", "batch2"),
    "addmm": ("mat1", "mat2"),
    "addmv": ("mat", "vec"),
    "baddbmm": ("batch1", "batch2"),
    "bmm": ("self", "mat2"),
    "dot": ("self", "tensor"),
    "linalg_matmul": ("self", "other"),
    "linalg_vecdot": ("x", "y"),
    "linear": ("input", "weight"),
    "matmul": ("self", "other"),
    "mm": ("self", "mat2"),
    "mv": ("self", "vec"),
    "vdot": ("self", "other"),
}
#: Scaled dot-product attention, whichever way torch computes it; `flex_attention` is no operation
#: but a loop over a function of the user.
ATTENTION: Final = frozenset(
    (
        "_scaled_dot_product_cudnn_attention",
        "_scaled_dot_product_efficient_attention",
        "_scaled_dot_product_flash_attention",
        "_scaled_dot_product_flash_attention_for_cpu",
        "_scaled_dot_product_fused_attention_overrideable",
        "flex_attention",
        "scaled_dot_product_attention",
    )
)
#: Operations of torch that multiply and add, and are priced.
PRICED: Final = frozenset((*CONVOLUTIONS, *PRODUCTS, *ATTENTION, "einsum"))
#: Recurrent layers, and how many gates each has.
GATES: Final = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
#: A single step; without it, a whole sequence.
CELL: Final = "_cell"
RECURRENT: Final = frozenset(name + suffix for name in GATES for suffix in ("", CELL))

#: Of the operations that torch calls the core of all, those that multiply and are not priced.
CORE_PRODUCTS: Final = frozenset(
    ("_cdist_forward", "_fft_c2r", "_fft_r2c", "_pdist_forward", *PRICED)
)
_HARMLESS: Final = """
    _aminmax _coalesce _cummax_helper _cummin_helper _embedding_bag_forward_only
    _fake_quantize_per_tensor_affine_cachemask_tensor_qparams _fill_mem_eff_dropout_mask
    _functional_assert_async _functional_assert_scalar _functional_sym_constrain_range
    _functional_sym_constrain_range_for_size _index_put_impl _is_all_true _is_any_true
    _lazy_clone _logcumsumexp _make_per_channel_quantized_tensor
    _make_per_tensor_quantized_tensor _masked_scale _masked_softmax _pack_padded_sequence
    _pin_memory _reshape_copy _resize_output _stack _to_dense _unique _unique2
    _upsample_bicubic2d_aa _upsample_bilinear2d_aa addr as_strided bartlett_window bernoulli
    bincount binomial blackman_window cauchy copy cummax cummin dequantize detach
    embedding_renorm empty_like empty_permuted exponential
    fake_quantize_per_channel_affine_cachemask fake_quantize_per_tensor_affine_cachemask
    fft_fftfreq fft_rfftfreq fractional_max_pool2d fractional_max_pool3d geometric
    grid_sampler_3d hamming_window hann_window histc histogram index_reduce int_repr
    kaiser_window kthvalue lift lift_fresh lift_fresh_copy log_normal logcumsumexp
    masked_scatter masked_select median mode multinomial nanmedian native_norm nonzero_static
    normal normal_functional poisson put q_per_channel_scales q_per_channel_zero_points
    quantize_per_channel quantize_per_tensor quantize_per_tensor_dynamic quantized_max_pool1d
    quantized_max_pool2d rand rand_like randint randint_like randn randn_like random randperm
    range repeat_interleave resize resize_as rrelu_with_noise rrelu_with_noise_functional
    scatter searchsorted segment_reduce set sort squeeze t topk transpose uniform
    unique_consecutive unique_dim unique_dim_consecutive unsqueeze
"""
#: Operations without products that torch neither tags as such nor computes from others.
HARMLESS: Final = frozenset(_HARMLESS.split())


def _bilinear(left: Tensor, right: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A product with the weights, and of each image's result with the other operand."""
    made = torch.einsum("...i,oij->...oj", left, weight)
    made = torch.einsum("...oj,...j->...o", made, right)
    return made if bias is None else made + bias


def _conv_tbc(inputs: Tensor, weight: Tensor, bias: Tensor, pad: int = 0) -> Tensor:
    """A convolution of a signal, whose first rank is time, then images, then channels."""
    given, kernel = inputs.permute(1, 2, 0), weight.permute(2, 1, 0)
    return torch.conv1d(given, kernel, bias, padding=pad).permute(2, 0, 1)


#: Operations that torch does not compute from others, and how they can be.
OURS: Final[dict[str, Callable[..., Any]]] = {"bilinear": _bilinear, "conv_tbc": _conv_tbc}
