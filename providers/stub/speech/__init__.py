"""Speech without a model: a text is spelt in sounds, the sounds are made by arithmetic, and a WAV file is played."""

from providers.stub.speech.saying import RATE, Saying

__all__ = ["RATE", "Saying"]
