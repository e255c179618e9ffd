"""How much energy AlexNet's convolutions need on Eyeriss with a smaller or larger global buffer."""

import hwsim

KIB = 1024


def main() -> None:
    """Print the energy of conv1 to conv5, in MACs, for buffers from 25 to 400 KiB."""
    network = hwsim.load_network("alexnet")
    for size in (25, 50, 100, 200, 400):
        setting = f"components.buffer.capacity_bytes={size * KIB}"
        chip = hwsim.load_architecture("eyeriss", [setting])
        result = hwsim.simulate(chip, network, layers="conv*")
        dram = float(result.cost.by_component["dram"])
        print(f"{size:4} KiB: {result.energy / 1e6:8.1f} M, of these DRAM {dram / 1e6:6.1f} M")


if __name__ == "__main__":
    main()
