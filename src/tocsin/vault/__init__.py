"""Evidence by content hash: what was put in comes out byte for byte, or not at all."""

from tocsin.vault.folder import FolderVault

__all__ = ["FolderVault"]
