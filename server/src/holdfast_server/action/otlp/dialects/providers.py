"""Who was asked: the many names of a provider, and the names of those who are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROVIDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "openai": ("openai.chat", "openai.responses", "openai.completion", "openai.embedding", "chatgpt"),
    "anthropic": ("anthropic.messages", "claude", "anthropic.chat"),
    "azure": (
        *("az.ai.openai", "az.ai.inference", "azure.ai.openai", "azure.ai.inference", "azure-openai"),
        *("azure_openai", "azure-openai.chat", "azure_ai"),
    ),
    "google": (
        *("gemini", "gcp.gemini", "gcp.gen_ai", "google.generative-ai", "google_genai", "google-gla"),
        *("google_ai_studio", "googleai", "google_generative_ai", "google-generative-ai"),
    ),
    "google-vertex": ("vertex", "vertex_ai", "vertexai", "gcp.vertex_ai", "google.vertex", "google-vertex"),
    "aws": ("aws.bedrock", "bedrock", "amazon-bedrock", "amazon_bedrock", "aws_bedrock", "bedrock-runtime"),
    "mistral": ("mistralai", "mistral_ai", "mistral.chat"),
    "x-ai": ("xai", "grok", "xai.chat"),
    "groq": ("groq.chat",),
    "cohere": ("cohere.chat", "cohere_chat"),
    "deepseek": ("deepseek.chat",),
    "perplexity": ("perplexity.chat",),
    "together": ("together_ai", "togetherai", "together.ai"),
    "fireworks": ("fireworks_ai", "fireworks-ai"),
    "huggingface_together": (),
    "openrouter": ("openrouter.chat",),
    "ollama": ("ollama.chat",),
    "watsonx": ("ibm.watsonx.ai", "watsonx.ai"),
    "moonshotai": ("moonshot_ai", "moonshot"),
}
"""A provider and what else it is called."""

NO_PROVIDERS: Final = frozenset(
    {
        *("langchain", "langgraph", "llamaindex", "llama_index", "crewai", "autogen", "agno", "haystack"),
        *("microsoft.agent_framework", "microsoft.agents", "strands-agents", "strands agents", "strands"),
        *("smolagents", "dspy", "pydantic-ai", "openai_agents", "litellm", "claude_agent_sdk", "mcp"),
        *("semantic_kernel", "spring_ai", "vercel", "ai-sdk", "_other", "unknown", "none", "opentelemetry"),
    }
)
"""Frameworks that write their own name where the provider's belongs; with them nobody is named."""

CANONICAL: Final[Mapping[str, str]] = {
    **{name: name for name in PROVIDERS},
    **{other: name for name, others in PROVIDERS.items() for other in others},
}


def name_provider(said: str) -> str:
    """The one name of a provider; empty for a framework, as it came when nobody knows it."""
    low = said.strip().lower()
    return "" if low in NO_PROVIDERS else CANONICAL.get(low, low)
