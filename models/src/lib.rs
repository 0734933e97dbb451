//! Speech networks on MLX.
