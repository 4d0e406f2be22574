"""Files into vectors: one tower per modality, the joint space, its losses and training."""
