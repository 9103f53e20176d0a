"""Model ids in every spelling that people write, and the family that they belong to."""

from __future__ import annotations

import pytest

from trajset.model_family import model_families, model_family

SPELLINGS = {
    "claude": """
        claude-opus-4.7 claude-3-5-sonnet-20241022 anthropic/claude-opus-4.7 claude-opus-4-6[1m]
        anthropic.claude-v2:1 us.anthropic.claude-sonnet-4-20250514-v1:0
        eu.anthropic.claude-haiku-4-5-20251001-v1:0 claude-sonnet-4@20250514
        arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-1-v1:0
        publishers/anthropic/models/claude-sonnet-4 vertex_ai/claude-opus-4-1@20250805
        github_copilot/claude-sonnet-4 sonnet opusplan sonnet[1m] haiku claude-instant-1.2
        openrouter/anthropic/claude-opus-4.7:beta CLAUDE-SONNET-4
    """,
    "gpt": """
        gpt-5.5 openai/gpt-5 gpt-4o-2024-08-06 gpt-5.1-codex-max codex-mini-latest o1 o3 o4-mini
        openai/o4-mini o3-2025-04-16 o1-preview o3-deep-research chatgpt-4o-latest
        ft:gpt-4o-mini-2024-07-18:acme::abc123 gpt-35-turbo my-gpt4o-eastus azure/prod-gpt-4.1
        gpt-oss:20b openai.gpt-oss-120b-1:0 openai/gpt-oss-120b text-davinci-003
    """,
    "gemini": """
        gemini-2.5-pro models/gemini-1.5-pro-latest google/gemini-3-pro-preview
        gemini/gemini-2.0-flash publishers/google/models/gemini-2.5-flash gemma3:27b
        google/gemma-3-27b-it chat-bison@002
        projects/p/locations/us/publishers/google/models/gemini-2.0-flash/versions/1
    """,
    "deepseek": """
        deepseek-v4-pro deepseek-chat deepseek-reasoner deepseek/deepseek-r1:free deepseek.r1-v1:0
        deepseek-ai/DeepSeek-V3.1 fireworks_ai/accounts/fireworks/models/deepseek-v3
        us.deepseek.r1-v1:0 deepseek-coder:6.7b
    """,
    "qwen": """
        Qwen/Qwen3-8B qwen3:8b qwen2.5-coder:32b qwen3-coder-480b-a35b-instruct QwQ-32B
        qwen/qwen3-235b-a22b:free qwen-max qwen.qwen3-32b-v1:0 CodeQwen1.5-7B-Chat
    """,
    "kimi": "kimi-k2-0905-preview moonshotai/Kimi-K2-Instruct moonshot-v1-8k kimi-for-coding",
    "glm": "glm-4.6 z-ai/glm-4.5-air:free zai-org/GLM-4.5 chatglm3-6b THUDM/codegeex4-all-9b",
    "minimax": "MiniMax-M2 minimax/minimax-m2:free MiniMaxAI/MiniMax-M1-80k abab6.5s-chat",
    "mistral": """
        mistral-large-latest mistralai/Mixtral-8x7B-Instruct-v0.1 devstral-medium codestral-2508
        mistral.mistral-large-2402-v1:0 magistral-small ministral-8b pixtral-12b open-mistral-nemo
    """,
    "grok": "grok-4 xai/grok-code-fast-1 x-ai/grok-4.1-fast:free grok-beta",
    "llama": """
        meta-llama/Llama-3.3-70B-Instruct meta.llama3-1-70b-instruct-v1:0 llama3.1:8b codellama:7b
        groq/llama-3.3-70b-versatile us.meta.llama4-scout-17b-instruct-v1:0
    """,
    "phi": "phi-4 microsoft/Phi-3.5-mini-instruct phi3:mini",
    "nemotron": "nvidia/nemotron-3-nano nemotron-mini",
    "command": "command-r-plus cohere.command-r-v1:0 command-a-03-2025",
    "granite": "granite-3.1-8b-instruct ibm-granite/granite-4.0-h-small",
    "nova": "amazon.nova-pro-v1:0 us.amazon.nova-premier-v1:0",
}
UNKNOWN = """
    <synthetic> default auto openrouter/auto unknown test-model my-deployment big-pickle ollama
    ollama/foo llama.cpp/foo llama-server gpt-neox-20b EleutherAI/gpt-j-6b gpt4all AIDC-AI/Marco-o1
    Helsinki-NLP/opus-mt-en-de commander octopus dolphin groq octo3
    arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc123
"""


@pytest.mark.parametrize(
    ("family", "model"),
    [(family, model) for family, text in SPELLINGS.items() for model in text.split()],
)
def test_every_spelling(family: str, model: str) -> None:
    assert model_families(model) == (family,)
    assert model_family(model) == family


@pytest.mark.parametrize("model", [None, "", *UNKNOWN.split()])
def test_unknown_is_none(model: str | None) -> None:
    assert model_family(model) is None
    assert model_families(model) == ()


@pytest.mark.parametrize(
    ("model", "families"),
    [
        ("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", ("deepseek", "qwen")),
        ("deepseek-r1-distill-llama-70b", ("deepseek", "llama")),
        ("nvidia/Llama-3_3-Nemotron-Super-49B-v1", ("llama", "nemotron")),
        ("NousResearch/Hermes-3-Llama-3.1-8B", ("hermes", "llama")),
    ],
)
def test_a_distillate_has_both(model: str, families: tuple[str, ...]) -> None:
    assert model_families(model) == families


def test_names_of_people_who_write_for_people() -> None:
    assert model_family("Claude 3.5 Sonnet") == "claude"
    assert model_family("Gemini 2.5 Pro") == "gemini"
