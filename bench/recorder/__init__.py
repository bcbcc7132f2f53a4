"""What recording a step costs, beside the OpenTelemetry SDK in the same run."""
