//! Meta's messaging platform on your own machine: an offline sandbox for Messenger and Instagram.
