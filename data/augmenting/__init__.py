"""What happens to music on its way to us, and where its places lie afterwards."""
