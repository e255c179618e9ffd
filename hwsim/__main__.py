"""`python -m hwsim`."""

from hwsim.command import main

main()
