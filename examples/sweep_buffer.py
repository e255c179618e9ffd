"""How much energy AlexNet's convolutions need on Eyeriss with a smaller or larger global buffer.

A larger buffer saves accesses to DRAM, but an access to it costs more: the energies of the chip's
file hold at its 100 KiB, and change with the capacity as those of memories do.
"""

import hwsim

KIB = 1024


def main() -> None:
    """Print the energy of conv1 to conv5, in MACs, for buffers from 8 to 1024 KiB."""
    network = hwsim.load_network("alexnet")
    for size in (8, 16, 32, 64, 100, 128, 256, 512, 1024):
        setting = f"components.buffer.capacity_bytes={size * KIB}"
        chip = hwsim.load_architecture("eyeriss", [setting])
        result = hwsim.simulate(chip, network, layers="conv*")
        dram = float(result.cost.by_component["dram"])
        buffer = next(storage for storage in chip.storages if storage.name == "buffer")
        print(
            f"{size:4} KiB: {result.energy / 1e6:8.1f} M, of these DRAM {dram / 1e6:6.1f} M;"
            f" a read of the buffer {buffer.energies['read']:5.2f}"
        )


if __name__ == "__main__":
    main()
