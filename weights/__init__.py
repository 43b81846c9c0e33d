"""The bundled weights, one safetensors file each; README.md is the model card."""
