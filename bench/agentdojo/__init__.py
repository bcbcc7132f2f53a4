"""AgentDojo with an agent that obeys every planted instruction: what attacks achieve, what work costs."""

from bench.agentdojo.decider import Decider

__all__ = ["Decider"]
