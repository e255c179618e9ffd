"""`python -m hwsim.command`."""

from hwsim.command import main

main()
