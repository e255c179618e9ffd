"""`python -m hwsim`, and the script `hwsim`: whenever Ctrl-C ends it, nothing traces back."""

import signal
import sys


def main() -> None:
    """The command; Ctrl-C while it is imported has the status of any other, and afterwards none."""
    try:
        from hwsim.command import main as command

        command()
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
