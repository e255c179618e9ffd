"""The architectures of the zoo: names of timm's, and configurations of transformers'."""

from typing import Any

import torch

_TIMM = """
    beit_base_patch16_224 botnet26t_256 halonet26t gernet_s repvgg_a0 cait_xxs24_224 coat_tiny
    convit_tiny convmixer_768_32 convnext_tiny convnextv2_atto crossvit_tiny_240 cspresnet50
    darknet53 davit_tiny deit_tiny_patch16_224 deit3_small_patch16_224 densenet121 dla34 dpn68
    edgenext_small efficientformer_l1 efficientformerv2_s0 efficientnet_b0 mixnet_s tinynet_a
    efficientvit_b0 efficientvit_l1 efficientvit_m0 eva02_tiny_patch14_336 fastvit_t8
    focalnet_tiny_srf gcvit_xxtiny ghostnet_100 hardcorenas_a hgnet_tiny hgnetv2_b0 hiera_tiny_224
    hrnet_w18_small inception_next_tiny inception_resnet_v2 inception_v3 inception_v4 levit_128
    mambaout_tiny coatnet_0_rw_224 maxvit_tiny_rw_224 poolformer_s12 caformer_s18 mixer_b16_224
    gmlp_s16_224 resmlp_12_224 mnasnet_100 mobilenetv2_100 mobilenetv3_small_100
    mobilenetv4_conv_small mobilevit_xxs mobilevitv2_050 mvitv2_tiny nasnetalarge nest_tiny
    nextvit_small nfnet_l0 pit_ti_224 pvt_v2_b0 regnety_002 repvit_m1 res2net50_26w_4s resnest14d
    resnet18 resnet50 resnetv2_50 rexnet_100 sequencer2d_s skresnet18 swin_tiny_patch4_window7_224
    swinv2_tiny_window8_256 tiny_vit_5m_224 tnt_s_patch16_224 tresnet_m twins_svt_small vgg16
    visformer_tiny vit_tiny_patch16_224 vit_base_r26_s32_224 vit_relpos_small_patch16_224
    samvit_base_patch16_224 volo_d1_224 ese_vovnet19b_dw xception41 xcit_nano_12_p16_224
"""
TIMM = _TIMM.split()

LONG, FLOAT = torch.long, torch.float32
TEXT = {"input_ids": ((1, 128), LONG)}
IMAGE = {"pixel_values": ((1, 3, 224, 224), FLOAT)}
SMALL: dict[str, Any] = {
    "hidden_size": 512,
    "intermediate_size": 1408,
    "num_attention_heads": 8,
    "num_hidden_layers": 2,
    "vocab_size": 1000,
    "use_cache": False,
}
GROUPED = {**SMALL, "num_key_value_heads": 2}
NONE: dict[str, Any] = {}

#: By name: the class, settings that differ from its configuration's own, and inputs.
TRANSFORMERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "bert": ("BertModel", NONE, TEXT),
    "roberta": ("RobertaModel", NONE, TEXT),
    "distilbert": ("DistilBertModel", NONE, TEXT),
    "albert": ("AlbertModel", NONE, TEXT),
    "electra": ("ElectraModel", NONE, TEXT),
    "deberta": ("DebertaModel", {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}, TEXT),
    "deberta-v2": (
        "DebertaV2Model",
        {
            "relative_attention": True,
            "pos_att_type": ["p2c", "c2p"],
            "num_hidden_layers": 2,
            "share_att_key": True,
        },
        TEXT,
    ),
    "mpnet": ("MPNetModel", NONE, TEXT),
    "xlnet": ("XLNetModel", {"d_model": 512, "n_layer": 2, "n_head": 8, "d_inner": 2048}, TEXT),
    "funnel": ("FunnelModel", NONE, TEXT),
    "longformer": ("LongformerModel", {"num_hidden_layers": 2}, {"input_ids": ((1, 512), LONG)}),
    "big_bird": ("BigBirdModel", {"num_hidden_layers": 2}, {"input_ids": ((1, 1024), LONG)}),
    "fnet": ("FNetModel", NONE, TEXT),
    "squeezebert": ("SqueezeBertModel", NONE, TEXT),
    "mobilebert": ("MobileBertModel", NONE, TEXT),
    "xlm-roberta": ("XLMRobertaModel", NONE, TEXT),
    "convbert": ("ConvBertModel", NONE, TEXT),
    "nystromformer": ("NystromformerModel", NONE, {"input_ids": ((1, 256), LONG)}),
    "roformer": ("RoFormerModel", NONE, TEXT),
    "modernbert": ("ModernBertModel", {"num_hidden_layers": 4, "vocab_size": 51000}, TEXT),
    "layoutlm": ("LayoutLMModel", NONE, TEXT),
    "perceiver": (
        "PerceiverModel",
        {"d_model": 256, "num_latents": 32, "d_latents": 128},
        {"inputs": ((1, 64, 256), FLOAT)},
    ),
    "gpt2": ("GPT2Model", {"use_cache": False}, TEXT),
    "gpt_neo": (
        "GPTNeoModel",
        {"num_layers": 2, "attention_types": [[["global", "local"], 1]], "use_cache": False},
        TEXT,
    ),
    "gpt_neox": ("GPTNeoXModel", SMALL, TEXT),
    "gptj": (
        "GPTJModel",
        {"n_embd": 512, "n_layer": 2, "n_head": 8, "rotary_dim": 32, "use_cache": False},
        TEXT,
    ),
    "opt": ("OPTModel", {"num_hidden_layers": 2, "use_cache": False}, TEXT),
    "bloom": (
        "BloomModel",
        {"hidden_size": 512, "n_layer": 2, "n_head": 8, "use_cache": False},
        TEXT,
    ),
    "llama": ("LlamaModel", GROUPED, TEXT),
    "mistral": ("MistralModel", GROUPED, TEXT),
    "mixtral": ("MixtralModel", GROUPED, TEXT),
    "qwen2": ("Qwen2Model", GROUPED, TEXT),
    "qwen3": ("Qwen3Model", GROUPED, TEXT),
    "gemma": ("GemmaModel", {**GROUPED, "head_dim": 64}, TEXT),
    "gemma2": ("Gemma2Model", {**GROUPED, "head_dim": 64}, TEXT),
    "phi": ("PhiModel", SMALL, TEXT),
    "phi3": ("Phi3Model", {**GROUPED, "pad_token_id": 0}, TEXT),
    "falcon": (
        "FalconModel",
        {"hidden_size": 512, "num_hidden_layers": 2, "num_attention_heads": 8, "use_cache": False},
        TEXT,
    ),
    "stablelm": ("StableLmModel", GROUPED, TEXT),
    "olmo": ("OlmoModel", GROUPED, TEXT),
    "mpt": ("MptModel", {"d_model": 512, "n_layers": 2, "n_heads": 8, "use_cache": False}, TEXT),
    "mamba": ("MambaModel", {"hidden_size": 256, "num_hidden_layers": 2, "use_cache": False}, TEXT),
    "t5": ("T5Model", {"use_cache": False}, {**TEXT, "decoder_input_ids": ((1, 32), LONG)}),
    "bart": ("BartModel", {"use_cache": False, "encoder_layers": 3, "decoder_layers": 3}, TEXT),
    "pegasus": (
        "PegasusModel",
        {"use_cache": False, "encoder_layers": 2, "decoder_layers": 2},
        {**TEXT, "decoder_input_ids": ((1, 32), LONG)},
    ),
    "whisper": (
        "WhisperModel",
        {"use_cache": False},
        {"input_features": ((1, 80, 3000), FLOAT), "decoder_input_ids": ((1, 16), LONG)},
    ),
    "vit": ("ViTModel", NONE, IMAGE),
    "deit": ("DeiTModel", NONE, IMAGE),
    "beit": ("BeitModel", NONE, IMAGE),
    "swin": ("SwinModel", NONE, IMAGE),
    "convnext": ("ConvNextModel", NONE, IMAGE),
    "resnet": ("ResNetModel", NONE, IMAGE),
    "dinov2": ("Dinov2Model", NONE, IMAGE),
    "segformer": ("SegformerModel", NONE, IMAGE),
    "mobilevit": ("MobileViTModel", NONE, {"pixel_values": ((1, 3, 256, 256), FLOAT)}),
    "yolos": ("YolosModel", {"num_hidden_layers": 2}, {"pixel_values": ((1, 3, 512, 864), FLOAT)}),
    "sam": ("SamModel", NONE, {"pixel_values": ((1, 3, 1024, 1024), FLOAT)}),
    "clip": ("CLIPModel", NONE, {**IMAGE, "input_ids": ((1, 77), LONG)}),
    "siglip": ("SiglipModel", NONE, {**IMAGE, "input_ids": ((1, 64), LONG)}),
    "wav2vec2": ("Wav2Vec2Model", NONE, {"input_values": ((1, 16000), FLOAT)}),
    "hubert": ("HubertModel", NONE, {"input_values": ((1, 16000), FLOAT)}),
    "ast": ("ASTModel", NONE, {"input_values": ((1, 1024, 128), FLOAT)}),
    "rwkv": ("RwkvModel", {"hidden_size": 256, "num_hidden_layers": 2, "use_cache": False}, TEXT),
    "detr": (
        "DetrModel",
        {
            "use_timm_backbone": False,
            "use_pretrained_backbone": False,
            "backbone": None,
            "backbone_config": None,
        },
        IMAGE,
    ),
    "blip": ("BlipModel", NONE, {**IMAGE, "input_ids": ((1, 64), LONG)}),
    "vilt": (
        "ViltModel",
        NONE,
        {"pixel_values": ((1, 3, 384, 384), FLOAT), "input_ids": ((1, 32), LONG)},
    ),
    "encodec": ("EncodecModel", NONE, {"input_values": ((1, 1, 24000), FLOAT)}),
    "timesformer": (
        "TimesformerModel",
        {"num_hidden_layers": 2},
        {"pixel_values": ((1, 8, 3, 224, 224), FLOAT)},
    ),
    "videomae": (
        "VideoMAEModel",
        {"num_hidden_layers": 2},
        {"pixel_values": ((1, 16, 3, 224, 224), FLOAT)},
    ),
    "dpt": (
        "DPTForDepthEstimation",
        {"Config": "DPTConfig"},
        {"pixel_values": ((1, 3, 384, 384), FLOAT)},
    ),
    "reformer": (
        "ReformerModel",
        {"use_cache": False, "axial_pos_embds": False, "num_hidden_layers": 2},
        {"input_ids": ((1, 128), LONG)},
    ),
    "qwen2_moe": (
        "Qwen2MoeModel",
        {**GROUPED, "num_experts": 8, "moe_intermediate_size": 256},
        TEXT,
    ),
    "gpt_oss": ("GptOssModel", {**GROUPED, "head_dim": 64, "num_local_experts": 8}, TEXT),
    "deepseek_v3": (
        "DeepseekV3Model",
        {
            **SMALL,
            "num_key_value_heads": 8,
            "n_routed_experts": 16,
            "n_group": 4,
            "topk_group": 2,
            "moe_intermediate_size": 256,
        },
        TEXT,
    ),
    "mamba2": (
        "Mamba2Model",
        {
            "hidden_size": 256,
            "num_hidden_layers": 2,
            "num_heads": 8,
            "head_dim": 64,
            "n_groups": 1,
            "use_cache": False,
        },
        TEXT,
    ),
    "speecht5": (
        "SpeechT5ForSpeechToText",
        {"Config": "SpeechT5Config", "use_cache": False},
        {"input_values": ((1, 16000), FLOAT), "decoder_input_ids": ((1, 16), LONG)},
    ),
    "cvt": ("CvtModel", NONE, IMAGE),
    "levit": ("LevitModel", NONE, IMAGE),
    "regnet": ("RegNetModel", NONE, IMAGE),
    "led": ("LEDModel", {"use_cache": False}, {"input_ids": ((1, 1024), LONG)}),
    "mask2former": ("Mask2FormerModel", NONE, {"pixel_values": ((1, 3, 256, 256), FLOAT)}),
    "patchtst": ("PatchTSTModel", NONE, {"past_values": ((1, 32, 1), FLOAT)}),
    "vits": ("VitsModel", NONE, {"input_ids": ((1, 32), LONG)}),
    "glpn": ("GLPNModel", NONE, IMAGE),
    "poolformer": ("PoolFormerModel", NONE, IMAGE),
    "lxmert": (
        "LxmertModel",
        NONE,
        {
            "input_ids": ((1, 20), LONG),
            "visual_feats": ((1, 36, 2048), FLOAT),
            "visual_pos": ((1, 36, 4), FLOAT),
        },
    ),
    "prophetnet": (
        "ProphetNetModel",
        {"use_cache": False, "num_encoder_layers": 2, "num_decoder_layers": 2},
        {**TEXT, "decoder_input_ids": ((1, 32), LONG)},
    ),
    "owlvit": (
        "OwlViTModel",
        NONE,
        {"pixel_values": ((1, 3, 768, 768), FLOAT), "input_ids": ((1, 16), LONG)},
    ),
    "groupvit": ("GroupViTModel", NONE, {**IMAGE, "input_ids": ((1, 77), LONG)}),
    "jamba": (
        "JambaModel",
        {
            **GROUPED,
            "use_mamba_kernels": False,
            "num_hidden_layers": 8,
            "num_experts": 4,
            "mamba_d_state": 8,
        },
        TEXT,
    ),
}
