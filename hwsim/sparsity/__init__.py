"""What a layer's data are at a component: bits of a value, actions that zeros save."""
