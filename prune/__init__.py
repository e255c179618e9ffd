"""From a trained network and an accelerator to a network that costs a fraction of the energy."""
