"""Fine-tuning with zeros held, kept on disk, by one process or by several together."""
