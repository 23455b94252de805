// With two files, Jest runs them in processes of their own.
import './first.mjs';
