"""The model gateway beside LiteLLM, Portkey and an nginx proxy: what each adds and costs."""
